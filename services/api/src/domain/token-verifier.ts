import type { Principal } from './role.js';

/** Judges bearer tokens. */
export interface TokenVerifier {
  /**
   * @throws HubError `GenericUnauthorized`, in the same words whatever was wrong, or
   * `ServiceUnavailable` when the keys that would tell cannot be had
   */
  verify(token: string): Promise<Principal>;
}

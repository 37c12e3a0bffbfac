import type { ClientSource } from '@linchpin/auth';
import type { DeviceIdentityId } from '@linchpin/wire';
import type { Grant } from './device-session.js';

export type Credential =
  | { readonly kind: 'sas'; readonly token: string }
  /** The leaf first, each in DER. */
  | { readonly kind: 'certificates'; readonly chain: readonly Buffer[] };

export interface CredentialClaim {
  readonly host: string;
  readonly client: ClientSource;
  readonly identity: DeviceIdentityId;
  readonly credential: Credential;
}

/** Judges credentials; keys never leave whoever does. */
export interface Authenticator {
  /** @throws HubError when the claim is refused, or `ServiceUnavailable` when nobody could judge it */
  authenticate(claim: CredentialClaim): Promise<Grant>;
}

import type { ClientSource } from '@linchpin/auth';
import type { HubLimits } from '@linchpin/wire';
import type { Access } from './access-entry.js';

/** What a policy may do, as a token of it has shown. */
export interface PolicyGrant extends Access {
  readonly policy: string;
  /** As @linchpin/auth has them. */
  readonly rights: number;
  /** When the token ceases to count, without skew. */
  readonly expiresAt: Date;
  readonly limits: HubLimits;
  readonly telemetryTopic: string;
  readonly telemetryPartitions: number;
}

/** Judges tokens of policies; keys never leave whoever does. */
export interface PolicyTokens {
  /**
   * @param path what the token must cover, such as `/devices/d1`
   * @throws HubError `IotHubUnauthorizedAccess`, in the same words whatever was wrong; `ServiceUnavailable`
   */
  authorize(token: string, path: string, client: ClientSource): Promise<PolicyGrant>;
}

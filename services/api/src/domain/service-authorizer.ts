import type { ClientSource } from '@linchpin/auth';
import type { EdgeDevice, PolicyHolder } from './caller.js';

/** What a request shows. */
export interface ServiceClaim {
  readonly sharedAccessSignature: string;
  /** Decoded, such as `/devices/d1`; the token's audience must cover it. */
  readonly path: string;
  readonly client: ClientSource;
}

/** What the runtime of an Edge device shows (service-rest.md section 13.6). */
export interface EdgeClaim {
  /** It names no policy. */
  readonly sharedAccessSignature: string;
  readonly deviceId: string;
  readonly client: ClientSource;
}

/** Judges shared access signatures; keys never leave whoever does. */
export interface ServiceAuthorizer {
  /** @throws HubError with the code that the client is to see */
  authorize(claim: ServiceClaim): Promise<PolicyHolder>;

  /** @throws HubError as above, whatever is wrong with the token or the device */
  authorizeEdge(claim: EdgeClaim): Promise<EdgeDevice>;
}

import type { ClientSource } from '@linchpin/auth';
import type { HubOfCaller } from './caller.js';

export interface HubClaim {
  /** As the request's header has it, perhaps with a port. */
  readonly hostName: string;
  readonly client: ClientSource;
}

/** Finds the hub that a request is for when its credential names none. */
export interface HubResolver {
  /** @throws HubError `IotHubNotFound`, or another 401 when the hub takes nobody from the address */
  resolve(claim: HubClaim): Promise<HubOfCaller>;
}

/**
 * All identities of a hub, page by page, for whoever copies them (service-rest.md section 5). Every
 * method takes the hub's name and throws HubError IotHubNotFound when no active hub has it, or another one
 * than the actor's.
 */
import type { DeviceIdentity } from './device-identity.js';

export interface IdentityPages {
  /** Tells the hub from all others that ever bore its name. */
  generationOf(hub: string): Promise<string>;

  /** By device id, each device before its modules. */
  list(hub: string, page: IdentityPage): Promise<readonly DeviceIdentity[]>;
}

export interface IdentityPage {
  /** The identity that the page begins behind. */
  readonly after: { readonly deviceId: string; readonly moduleId: string } | undefined;
  readonly limit: number;
}

/** As much as an answer holds of identities that have all that an identity can have. */
export const pageLengthMax = 500;

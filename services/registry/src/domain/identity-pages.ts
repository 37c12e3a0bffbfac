/**
 * All identities of a hub, page by page, for whoever copies them (service-rest.md section 5). Every
 * method takes the hub's name and throws HubError IotHubNotFound when no active hub has it.
 */
import type { DeviceIdentity } from './device-identity.js';

export interface IdentityPages {
  /** Names the hub among all that ever bore its name. */
  instanceOf(hub: string): Promise<string>;

  /**
   * By device id, each device before its modules.
   *
   * @throws HubError IotHubNotFound also when the hub of that name is another instance by now
   */
  list(hub: string, page: IdentityPage): Promise<readonly DeviceIdentity[]>;
}

export interface IdentityPage {
  readonly instance: string;
  /** The identity that the page begins behind. */
  readonly after: { readonly deviceId: string; readonly moduleId: string } | undefined;
  readonly limit: number;
}

/** As much as an answer holds of identities that have all that an identity can have. */
export const pageLengthMax = 500;

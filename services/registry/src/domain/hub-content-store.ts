/** Where hubs are changed; the same place as that of HubStore. */
import type { Hub } from './hub.js';
import type { HubContent } from './hub-content.js';

export interface HubContentStore {
  /**
   * Writes what `decide` makes of the hub, in any state, under a new tag and with the RegistryChange
   * `hubUpdated`; nothing, when it makes undefined of it. Nobody else changes the hub in between, and
   * what `decide` throws leaves it as it was. Another retention leaves the topic outdated.
   *
   * @throws HubError GenericNotFound
   */
  update(
    name: string,
    decide: (hub: Hub, content: HubContent) => HubContent | undefined,
  ): Promise<Hub>;
}

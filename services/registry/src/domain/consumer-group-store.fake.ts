import type { ConsumerGroupStore } from './consumer-group-store.js';
import type { HubStore } from './hub-store.js';
import { noSuchHub, tooManyConsumerGroups } from './registry-errors.js';

export class InMemoryConsumerGroupStore implements ConsumerGroupStore {
  readonly #groups = new Map<string, string[]>();

  constructor(private readonly hubs: HubStore) {}

  async list(hub: string): Promise<readonly string[]> {
    const groups = await this.#groupsOf(hub);
    return [...groups].sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
  }

  async insert(hub: string, name: string, groupsMax: number): Promise<boolean> {
    const groups = await this.#groupsOf(hub);
    if (groups.some((group) => group.toLowerCase() === name.toLowerCase())) {
      return false;
    }
    if (groups.length >= groupsMax) {
      throw tooManyConsumerGroups();
    }
    groups.push(name);
    return true;
  }

  async delete(hub: string, name: string): Promise<boolean> {
    const groups = await this.#groupsOf(hub);
    const index = groups.findIndex((group) => group.toLowerCase() === name.toLowerCase());
    return index >= 0 && groups.splice(index, 1).length > 0;
  }

  async #groupsOf(hub: string): Promise<string[]> {
    if ((await this.hubs.find(hub)) === undefined) {
      this.#groups.delete(hub.toLowerCase());
      throw noSuchHub();
    }
    const groups = this.#groups.get(hub.toLowerCase()) ?? [];
    this.#groups.set(hub.toLowerCase(), groups);
    return groups;
  }
}

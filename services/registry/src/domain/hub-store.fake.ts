import type { HubCounts } from '@linchpin/wire';
import type { ChosenSettings, Hub, HubDefinition } from './hub.js';
import { defaultChoice, type HubContent } from './hub-content.js';
import type { HubContentStore } from './hub-content-store.js';
import type { HubStore } from './hub-store.js';
import { hubUpdated, type RegistryChange } from './registry-change.js';
import { hostNameTaken, hubNotFound, noSuchHub } from './registry-errors.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';

interface StoredHub {
  hub: Hub;
  policies: readonly SharedAccessPolicy[];
}

export class InMemoryHubStore implements HubStore, HubContentStore {
  /** In the order in which they were stored. */
  readonly changes: RegistryChange[] = [];
  readonly #hubs = new Map<string, StoredHub>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #writes = 0;

  insert(
    hub: HubDefinition,
    policies: readonly SharedAccessPolicy[],
    chosen: ChosenSettings = defaultChoice,
  ): Promise<boolean> {
    return settle(() => {
      if (this.#hubs.has(hub.name.toLowerCase())) {
        return false;
      }
      for (const hostName of hub.hostNames) {
        const owner = this.findByHostName(hostName);
        if (owner !== undefined) {
          throw hostNameTaken(hostName, owner.hub.name);
        }
      }
      const stored = {
        ...hub,
        ...chosen,
        hubGeneration: String(this.#writes),
        isTopicOutdated: false,
        state: 'activating' as const,
        etag: this.#nextEtag(),
      };
      this.#hubs.set(hub.name.toLowerCase(), { hub: stored, policies });
      return true;
    });
  }

  find(name: string): Promise<Hub | undefined> {
    return settle(() => this.#hubs.get(name.toLowerCase())?.hub);
  }

  async exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const key = name.toLowerCase();
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    this.#turns.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }

  list(after: string, limit: number): Promise<readonly Hub[]> {
    return settle(() =>
      [...this.#hubs]
        .filter(([name]) => name > after.toLowerCase())
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .slice(0, limit)
        .map(([, { hub }]) => hub),
    );
  }

  count(subscriptionId: string): Promise<HubCounts> {
    return settle(() => {
      const own = [...this.#hubs.values()].filter(
        ({ hub }) => hub.subscriptionId.toLowerCase() === subscriptionId.toLowerCase(),
      );
      const free = own.filter(({ hub }) => hub.settings.limits.sku === 'F1').length;
      return { free, paid: own.length - free };
    });
  }

  listUnfinished(limit: number): Promise<readonly Hub[]> {
    return settle(() =>
      [...this.#hubs.values()]
        .map(({ hub }) => hub)
        .filter(({ state, isTopicOutdated }) => state !== 'active' || isTopicOutdated)
        .slice(0, limit),
    );
  }

  activate(name: string): Promise<void> {
    return settle(() => {
      const stored = this.#hubs.get(name.toLowerCase());
      if (stored?.hub.state === 'activating') {
        stored.hub = { ...stored.hub, state: 'active', etag: this.#nextEtag() };
      }
    });
  }

  markDeleting(name: string): Promise<void> {
    return settle(() => {
      const stored = this.#hubs.get(name.toLowerCase());
      if (stored !== undefined && stored.hub.state !== 'deleting') {
        stored.hub = { ...stored.hub, state: 'deleting', etag: this.#nextEtag() };
        const { name: hub, hubGeneration } = stored.hub;
        this.changes.push({ kind: 'hubDeleted', hub, hubGeneration });
      }
    });
  }

  purge(name: string): Promise<void> {
    return settle(() => {
      if (this.#hubs.get(name.toLowerCase())?.hub.state === 'deleting') {
        this.#hubs.delete(name.toLowerCase());
      }
    });
  }

  listPolicies(name: string): Promise<readonly SharedAccessPolicy[]> {
    return settle(() => {
      const policies = this.#hubs.get(name.toLowerCase())?.policies ?? [];
      return [...policies].sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  update(
    name: string,
    decide: (hub: Hub, content: HubContent) => HubContent | undefined,
  ): Promise<Hub> {
    return settle(() => {
      const stored = this.#hubs.get(name.toLowerCase());
      if (stored === undefined) {
        throw noSuchHub();
      }
      const { hub, policies } = stored;
      const content = decide(hub, { ...hub, policies });
      if (content !== undefined) {
        const { policies: changedPolicies, ...changed } = content;
        const isTopicOutdated = hub.isTopicOutdated || changed.retentionDays !== hub.retentionDays;
        stored.hub = { ...hub, ...changed, isTopicOutdated, etag: this.#nextEtag() };
        stored.policies = changedPolicies;
        const id = { hub: hub.name, hubGeneration: hub.hubGeneration };
        this.changes.push(hubUpdated(id, { ...hub, policies }, content));
      }
      return stored.hub;
    });
  }

  confirmRetention(name: string, retentionDays: number): Promise<void> {
    return settle(() => {
      const stored = this.#hubs.get(name.toLowerCase());
      if (stored?.hub.retentionDays === retentionDays) {
        stored.hub = { ...stored.hub, isTopicOutdated: false };
      }
    });
  }

  /** For the other fakes. */
  findActive(name: string): Hub | undefined {
    const hub = this.#hubs.get(name.toLowerCase())?.hub;
    return hub?.name === name && hub.state === 'active' ? hub : undefined;
  }

  /** For the other fakes. @throws HubError IotHubNotFound */
  requireActive(name: string): Hub {
    const hub = this.findActive(name);
    if (hub === undefined) {
      throw hubNotFound();
    }
    return hub;
  }

  /** For the other fakes. @throws HubError IotHubNotFound */
  requireGeneration(name: string): string {
    this.requireActive(name);
    return this.#hubs.get(name.toLowerCase())?.hub.hubGeneration ?? '';
  }

  /** For the other fakes. */
  findByHostName(hostName: string): StoredHub | undefined {
    return [...this.#hubs.values()].find(({ hub }) => hub.hostNames.includes(hostName));
  }

  #nextEtag(): string {
    this.#writes += 1;
    return Buffer.from(String(this.#writes)).toString('base64');
  }
}

/** A store answers later, and its refusals are rejections. */
async function settle<Result>(work: () => Result): Promise<Result> {
  await Promise.resolve();
  return work();
}

/**
 * Hubs from their creation to their end. Both take several steps in two engines, each of which may be
 * repeated: whoever finds a hub half made or half deleted goes on from there.
 */
import { azureLimits, HubError, type HubCounts } from '@linchpin/wire';
import { validateFreeText } from './free-text.js';
import {
  defineHub,
  differencesOf,
  labelLengthMax,
  type Hub,
  type HubDefinition,
  type HubRequest,
} from './hub.js';
import { contentOfNewHub, nothingChosen, type HubChanges } from './hub-content.js';
import type { HubStore } from './hub-store.js';
import { noSuchHub } from './registry-errors.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';
import type { TelemetryTopics } from './telemetry-topics.js';

interface HubAdministrationParts {
  readonly store: HubStore;
  readonly topics: TelemetryTopics;
  readonly generateKey: () => string;
  readonly defaultDomain: string | undefined;
}

interface CreatedHub {
  readonly hub: Hub;
  /** False when the hub existed already with this definition. */
  readonly created: boolean;
}

interface HubPage {
  readonly hubs: readonly Hub[];
  /** The `after` of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/**
 * A hub has at most 128 KiB that it only keeps, 70 KiB more with its secrets masked, 150 KiB of tags, 55 of
 * IP rules and 20 of the rest: 36 such hubs fit in an answer of 16 MiB.
 */
const listedHubsMax = 36;

/** In one round; the next one finds more. */
const unfinishedHubsMax = 1_000;

export class HubAdministration {
  constructor(private readonly parts: HubAdministrationParts) {}

  /**
   * @param changes of the defaults
   * @throws HubError ArgumentInvalid; GenericConflict when the name or a host name is taken;
   * OperationNotAllowedInCurrentState while a hub of that name is being deleted
   */
  async create(request: HubRequest, changes: HubChanges = nothingChosen): Promise<CreatedHub> {
    const { store, generateKey, defaultDomain } = this.parts;
    const definition = defineHub(request, defaultDomain);
    const content = contentOfNewHub(definition.retentionDays, changes, generateKey);
    const created = await store.insert(definition, content.policies, content);
    const hub = await this.get(definition.name);
    requireSame(definition, hub);
    await this.finish(hub.name);
    return { hub: await this.get(hub.name), created };
  }

  /** @throws HubError GenericNotFound */
  async get(name: string): Promise<Hub> {
    const hub = await this.parts.store.find(name);
    if (hub === undefined) {
      throw noSuchHub();
    }
    return hub;
  }

  /**
   * By name.
   *
   * @param after the name after which the page begins
   * @throws HubError ArgumentInvalid
   */
  async list(after: string): Promise<HubPage> {
    validateFreeText('after', after, azureLimits.hubNameLengthMax);
    const hubs = await this.parts.store.list(after, listedHubsMax);
    return { hubs, next: hubs.length < listedHubsMax ? undefined : hubs.at(-1)?.name };
  }

  /** @throws HubError ArgumentInvalid */
  async count(subscriptionId: string): Promise<HubCounts> {
    validateFreeText('subscriptionId', subscriptionId, labelLengthMax);
    return this.parts.store.count(subscriptionId);
  }

  /**
   * From the first step on nothing of the hub authenticates, and its connections end.
   *
   * @throws HubError GenericNotFound
   */
  async delete(name: string): Promise<void> {
    const hub = await this.get(name);
    await this.parts.store.markDeleting(hub.name);
    await this.finish(hub.name);
  }

  /** @throws HubError GenericNotFound */
  async listPolicies(name: string): Promise<readonly SharedAccessPolicy[]> {
    const hub = await this.get(name);
    return this.parts.store.listPolicies(hub.name);
  }

  /** The names of hubs that somebody changes just now, or left half made, half changed or half deleted. */
  async listUnfinished(): Promise<readonly string[]> {
    const hubs = await this.parts.store.listUnfinished(unfinishedHubsMax);
    return hubs.map(({ name }) => name);
  }

  /** Takes the steps that a hub still lacks; waits for who does so already. */
  async finish(name: string): Promise<void> {
    const { store, topics } = this.parts;
    await store.exclusively(name, async () => {
      const hub = await store.find(name);
      switch (hub?.state) {
        case 'activating':
          await topics.create(hub);
          await store.activate(hub.name);
          break;
        case 'deleting':
          await topics.delete(hub);
          await store.purge(hub.name);
          break;
        case 'active':
          if (hub.isTopicOutdated) {
            await topics.setRetention(hub);
            await store.confirmRetention(hub.name, hub.retentionDays);
          }
          break;
        case undefined:
          break;
      }
    });
  }
}

function requireSame(definition: HubDefinition, hub: Hub): void {
  if (hub.state === 'deleting') {
    throw new HubError(
      'OperationNotAllowedInCurrentState',
      `The hub ${hub.name} is being deleted; its name is free when that is done.`,
    );
  }
  const differences = differencesOf(hub, definition);
  if (differences.length > 0) {
    throw new HubError(
      'GenericConflict',
      `A hub ${hub.name} exists with another ${differences.join(', ')}.`,
    );
  }
}

/**
 * Consumer groups of a hub's built-in endpoint (security-limits.md section 11). They are names for
 * readers to agree on: Kafka's own groups need no permission and no creation.
 */
import {
  azureLimits,
  defaultConsumerGroup,
  HubError,
  isDefaultConsumerGroup,
  validateConsumerGroupName,
} from '@linchpin/wire';
import type { ConsumerGroupStore } from './consumer-group-store.js';

/** Each method throws what ConsumerGroupStore says. */
export class ConsumerGroups {
  constructor(private readonly store: ConsumerGroupStore) {}

  /** The default first. */
  async list(hub: string): Promise<readonly string[]> {
    return [defaultConsumerGroup, ...(await this.store.list(hub))];
  }

  /** @returns its name as it is stored. @throws HubError GenericNotFound */
  async get(hub: string, name: string): Promise<string> {
    const groups = await this.list(hub);
    const found = groups.find((group) => group.toLowerCase() === name.toLowerCase());
    if (found === undefined) {
      throw notFound();
    }
    return found;
  }

  /** Makes it, or finds it. @throws HubError ArgumentInvalid */
  async create(hub: string, name: string): Promise<string> {
    validateConsumerGroupName(name);
    if (!isDefaultConsumerGroup(name)) {
      await this.store.insert(hub, name, azureLimits.consumerGroupsMax - 1);
    }
    return this.get(hub, name);
  }

  /** @throws HubError GenericNotFound; ArgumentInvalid for the default, and for what is no name */
  async delete(hub: string, name: string): Promise<void> {
    validateConsumerGroupName(name);
    if (isDefaultConsumerGroup(name)) {
      throw new HubError('ArgumentInvalid', `The consumer group ${defaultConsumerGroup} stays.`);
    }
    if (!(await this.store.delete(hub, name))) {
      throw notFound();
    }
  }
}

function notFound(): HubError {
  return new HubError('GenericNotFound', 'The endpoint has no consumer group of that name.');
}

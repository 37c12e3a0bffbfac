import { FairTurns } from '@linchpin/fairness';
import {
  defaultConsumerGroup,
  HubError,
  isDefaultConsumerGroup,
  type EventPosition,
} from '@linchpin/wire';
import type { ConsumerGroups } from '../domain/consumer-groups.js';
import type { EventExtent, EventLog, EventPartition } from '../domain/event-log.js';
import type { PolicyGrant } from '../domain/policy-tokens.js';
import {
  argumentError,
  entityNotFound,
  EventHubError,
  partitionOutOfRange,
  serverBusy,
} from './event-hub-error.js';

interface EventHubsParts {
  readonly log: EventLog;
  readonly consumerGroups: ConsumerGroups;
}

/** Look-ups that are under way at once, and how long one waits for its turn. */
const lookedUpAtOnceMax = 32;
const turnWaitMsMax = 10_000;

/** What is found of hubs' built-in endpoints; each method throws an EventHubError. Hubs take turns. */
export class EventHubs {
  readonly #turns = new FairTurns({ atOnceMax: lookedUpAtOnceMax, waitMsMax: turnWaitMsMax });

  constructor(private readonly parts: EventHubsParts) {}

  /** @param entity as the client calls it: by its Event Hub-compatible name, or by that of the hub */
  requireEntity(entity: string, { hub, telemetryTopic }: PolicyGrant): void {
    const name = entity.toLowerCase();
    if (name !== telemetryTopic.toLowerCase() && name !== hub.toLowerCase()) {
      throw entityNotFound(entity);
    }
  }

  partitionOf(partition: string, grant: PolicyGrant): EventPartition {
    const { telemetryTopic: topic, telemetryPartitions: count } = grant;
    const number = /^\d{1,4}$/.test(partition) ? Number(partition) : count;
    if (number >= count || String(number) !== partition) {
      throw partitionOutOfRange(partition, count);
    }
    return { topic, partition: number };
  }

  /** @returns its name as it was made */
  consumerGroup(name: string, grant: PolicyGrant): Promise<string> {
    if (isDefaultConsumerGroup(name)) {
      return Promise.resolve(defaultConsumerGroup);
    }
    return this.#inTurn(grant, async () => {
      const groups = await this.parts.consumerGroups.list(grant.hub);
      const found = groups.find((group) => group.toLowerCase() === name.toLowerCase());
      if (found === undefined) {
        throw entityNotFound(`${grant.telemetryTopic}/ConsumerGroups/${name}`);
      }
      return found;
    });
  }

  extentOf(place: EventPartition, grant: PolicyGrant): Promise<EventExtent> {
    return this.#inTurn(grant, () => this.parts.log.extentOf(place));
  }

  /** @returns sequence number of the first event that is read */
  async firstOf(
    position: EventPosition,
    place: EventPartition,
    grant: PolicyGrant,
  ): Promise<{ readonly first: number; readonly extent: EventExtent }> {
    const extent = await this.extentOf(place, grant);
    switch (position.kind) {
      case 'earliest':
        return { first: extent.begin, extent };
      case 'latest':
        return { first: extent.end, extent };
      case 'sequence-number': {
        const { first } = position;
        if (first > BigInt(extent.end)) {
          throw argumentError(
            `The supplied sequence number '${first}' is invalid. The last sequence number in the ` +
              `system is '${extent.end - 1}'.`,
          );
        }
        return { first: Math.max(Number(first), extent.begin), extent };
      }
      case 'time': {
        const { firstMs } = position;
        const first = await this.#inTurn(grant, () => this.parts.log.firstSince(place, firstMs));
        return { first, extent };
      }
    }
  }

  async #inTurn<T>({ hub }: PolicyGrant, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#turns.inTurn({ hub, origin: '' }, work);
    } catch (error) {
      if (error instanceof EventHubError) {
        throw error;
      }
      throw error instanceof HubError && error.code === 'GenericNotFound'
        ? entityNotFound(hub)
        : serverBusy(error);
    }
  }
}

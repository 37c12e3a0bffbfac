import { setTimeout as delay } from 'node:timers/promises';
import { Base } from '@platformatic/kafka';
import { BrokerClient, clientOptions, type LibraryClient } from './broker-client.js';
import { brokerErrorIn, isRetriable } from './broker-error.js';
import {
  earliestTime,
  fetchRequest,
  greatestTime,
  latestTime,
  listOffsetsRequest,
  type FetchedPartition,
  type FetchLimits,
  type FetchPosition,
} from './fetch-requests.js';
import type { KafkaConnection } from './kafka-connection.js';

/** What a partition holds at the moment. */
export interface PartitionExtent {
  /** Of the oldest record. */
  readonly beginOffset: number;
  /** Behind the newest. */
  readonly endOffset: number;
  /** When the newest was stored; undefined when there is none. */
  readonly lastTimeMs: number | undefined;
}

const lookupsMax = 4;
const lookupPauseMs = 100;

/**
 * The requests of Kafka's protocol that readers need. A broker answers what comes by one connection in turn, and a
 * fetch may wait for records: what is looked up goes by connections of its own.
 */
export class FetchTransport {
  readonly #fetches: BrokerClient<LibraryClient>;
  readonly #lookups: BrokerClient<LibraryClient>;

  constructor(connection: KafkaConnection, requestTimeoutMs: number) {
    const create = () => new Base(clientOptions(connection, requestTimeoutMs));
    this.#fetches = new BrokerClient(create);
    this.#lookups = new BrokerClient(create);
  }

  /** Kafka's id of the topic. @throws GenericError */
  async topicId(topic: string, fresh: boolean): Promise<string> {
    return (await this.#lookups.topic(topic, fresh)).id;
  }

  /** As `BrokerClient` has it. */
  leaderOf(topic: string, partition: number, fresh: boolean): Promise<number> {
    return this.#lookups.leaderOf(topic, partition, fresh);
  }

  /** @throws GenericError when no answer came */
  fetch(
    node: number,
    positions: readonly FetchPosition[],
    limits: FetchLimits,
  ): Promise<readonly FetchedPartition[]> {
    return this.#fetches.request(node, fetchRequest(positions, limits));
  }

  /** Of the first record that was stored at the time or later; the end when there is none. @throws GenericError */
  async offsetAt(topic: string, partition: number, timeMs: number): Promise<number> {
    const { offset } = await this.#list(topic, partition, timeMs);
    return offset >= 0 ? offset : (await this.#list(topic, partition, latestTime)).offset;
  }

  /** @throws GenericError */
  async extentOf(topic: string, partition: number): Promise<PartitionExtent> {
    const [begin, end, greatest] = await Promise.all(
      [earliestTime, latestTime, greatestTime].map((time) => this.#list(topic, partition, time)),
    );
    const beginOffset = begin?.offset ?? 0;
    const endOffset = end?.offset ?? 0;
    const isEmpty = beginOffset === endOffset || (greatest?.timeMs ?? -1) < 0;
    return { beginOffset, endOffset, lastTimeMs: isEmpty ? undefined : greatest?.timeMs };
  }

  async close(): Promise<void> {
    await Promise.all([this.#fetches.close(), this.#lookups.close()]);
  }

  /** Asks again where a leader has moved. */
  async #list(
    topic: string,
    partition: number,
    timeMs: number,
  ): Promise<{ readonly offset: number; readonly timeMs: number }> {
    for (let attempt = 1; ; attempt++) {
      try {
        const leader = await this.leaderOf(topic, partition, attempt > 1);
        return await this.#lookups.request(leader, listOffsetsRequest(topic, partition, timeMs));
      } catch (error) {
        const answer = brokerErrorIn(error);
        if (attempt === lookupsMax || (answer !== undefined && !isRetriable(answer))) {
          throw error;
        }
        await delay(lookupPauseMs);
      }
    }
  }
}

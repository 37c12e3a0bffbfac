import { Base, TimeoutError } from '@platformatic/kafka';
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
import type { KafkaConnection } from '../kafka/kafka-connection.js';

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
/** Of one request, and of all that is asked for one look-up: who waits for it holds a turn that others want. */
const lookupRequestMs = 3_000;
const lookupMsMax = 5_000;

/**
 * The requests of Kafka's protocol that readers need. A broker answers what comes by one connection in turn, and a
 * fetch may wait for records: what is looked up goes by connections of its own.
 */
export class FetchTransport {
  readonly #fetches: BrokerClient<LibraryClient>;
  readonly #lookups: BrokerClient<LibraryClient>;

  /** @param requestTimeoutMs of a fetch */
  constructor(
    connection: KafkaConnection,
    requestTimeoutMs: number,
    createClient: typeof createBase = createBase,
  ) {
    this.#fetches = new BrokerClient(connection, (each) => createClient(each, requestTimeoutMs));
    this.#lookups = new BrokerClient(connection, (each) => createClient(each, lookupRequestMs));
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
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number> {
    return inTime(async (signal) => {
      const place = { topic, partition, signal };
      const { offset } = await this.#list(place, timeMs);
      return offset >= 0 ? offset : (await this.#list(place, latestTime)).offset;
    });
  }

  /** @throws GenericError */
  async extentOf(topic: string, partition: number): Promise<PartitionExtent> {
    const [begin, end, greatest] = await inTime((signal) =>
      Promise.all(
        [earliestTime, latestTime, greatestTime].map((time) =>
          this.#list({ topic, partition, signal }, time),
        ),
      ),
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
    { topic, partition, signal }: LookedUp,
    timeMs: number,
  ): Promise<{ readonly offset: number; readonly timeMs: number }> {
    for (let attempt = 1; ; attempt++) {
      try {
        const leader = await this.leaderOf(topic, partition, attempt > 1);
        return await this.#lookups.request(leader, listOffsetsRequest(topic, partition, timeMs));
      } catch (error) {
        const answer = brokerErrorIn(error);
        const isFinal = answer !== undefined && !isRetriable(answer);
        if (attempt === lookupsMax || isFinal || signal.aborted) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, lookupPauseMs));
      }
    }
  }
}

interface LookedUp {
  readonly topic: string;
  readonly partition: number;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
}

function createBase(connection: KafkaConnection, requestTimeoutMs: number): LibraryClient {
  return new Base(clientOptions(connection, requestTimeoutMs));
}

/** @throws TimeoutError when a look-up takes too long */
async function inTime<Result>(lookUp: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      timeout.abort();
      reject(new TimeoutError('The brokers did not answer in time.'));
    }, lookupMsMax);
  });
  try {
    return await Promise.race([lookUp(timeout.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

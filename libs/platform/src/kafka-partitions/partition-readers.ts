import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProtocolError } from '@platformatic/kafka';
import { brokerErrorIn, nameOfBrokerError } from './broker-error.js';
import type { FetchLimits, FetchedPartition } from './fetch-requests.js';
import { FetchTransport, type PartitionExtent } from './fetch-transport.js';
import type { KafkaConnection } from '../kafka/kafka-connection.js';
import { PartitionFeed } from './partition-feed.js';
import { PartitionReader, type PartitionReaderHandlers } from './partition-reader.js';
import { ReadingTurns } from './reading-turns.js';
import { UnkeptPlace } from './unkept-place.js';

export interface PartitionReadersOptions extends FetchLimits {
  readonly requestTimeoutMs: number;
  /** Of one request. */
  readonly partitionsMax: number;
  /** A topic that still does not exist after so long will not come. */
  readonly unknownTopicTimeoutMs: number;
}

const defaultReadersOptions: PartitionReadersOptions = {
  // A reader that comes while a request waits is in the next one.
  waitMs: 100,
  bytesMax: 1024 * 1024,
  partitionBytesMax: 256 * 1024,
  requestTimeoutMs: 15_000,
  partitionsMax: 2_000,
  unknownTopicTimeoutMs: 10_000,
};

/** What happened, for logs. */
export interface ReadersObserver {
  /** Partitions cannot be read at the moment; it is tried again. */
  readsWait(error: unknown): void;
  readsFlow(): void;
}

type Transport = Pick<
  FetchTransport,
  'topicId' | 'leaderOf' | 'fetch' | 'extentOf' | 'offsetAt' | 'close'
>;

interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Of the first record that is to be received. */
  readonly offset: number;
}

/**
 * Reads partitions for whoever wants records, without groups: each reader says where it begins and how much it has
 * room for. Of each broker one request is under way, for all its partitions that somebody wants something of; those
 * that have given something stand behind the others in the next. So a reader that wants much holds up nobody, and one
 * that wants nothing costs nothing.
 */
export class PartitionReaders {
  /** By topic id and partition, those first that have given nothing for the longest time. */
  readonly #feeds = new Map<string, PartitionFeed>();
  readonly #busyNodes = new Set<number>();
  readonly #turns = new ReadingTurns(() => performance.now());
  readonly #unkept = new UnkeptPlace(() => {
    for (const feed of this.#feeds.values()) {
      this.#read(feed);
    }
  });
  #isClosed = false;

  constructor(
    private readonly transport: Transport,
    private readonly options: PartitionReadersOptions,
    private readonly observer: ReadersObserver,
  ) {}

  static start(connection: KafkaConnection, observer: ReadersObserver): PartitionReaders {
    const { requestTimeoutMs } = defaultReadersOptions;
    const transport = new FetchTransport(connection, requestTimeoutMs);
    return new PartitionReaders(transport, defaultReadersOptions, observer);
  }

  /** What the partition holds. @throws GenericError */
  extentOf(topic: string, partition: number): Promise<PartitionExtent> {
    return this.transport.extentOf(topic, partition);
  }

  /** As `FetchTransport` has it. @throws GenericError */
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number> {
    return this.transport.offsetAt(topic, partition, timeMs);
  }

  /** @throws GenericError when the topic does not exist, or Kafka does not answer */
  async open(
    { topic, partition, offset }: Place,
    handlers: PartitionReaderHandlers,
  ): Promise<PartitionReader> {
    const topicId = await this.transport.topicId(topic, true);
    const feed = this.#feedOf(topic, topicId, partition);
    const world = {
      wake: (woken: PartitionReader): void => {
        this.#wake(woken, feed);
      },
      close: (closed: PartitionReader): void => {
        this.#close(closed, feed);
      },
      fail: ({ position }: PartitionReader, cause: unknown): void => {
        const place = `${topic}/${partition} at the offset ${position}`;
        this.observer.readsWait(new Error(`${place} cannot be read on`, { cause }));
      },
      endOffset: (): number => feed.endOffset,
      unkept: this.#unkept,
    };
    const reader = new PartitionReader(handlers, world, offset);
    feed.add(reader);
    return reader;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.transport.close();
  }

  #feedOf(topic: string, topicId: string, partition: number): PartitionFeed {
    const key = keyOf(topicId, partition);
    const feed = this.#feeds.get(key) ?? new PartitionFeed(topic, topicId, partition);
    this.#feeds.set(key, feed);
    return feed;
  }

  #close(reader: PartitionReader, feed: PartitionFeed): void {
    this.#turns.delete(reader);
    feed.delete(reader);
    const key = keyOf(feed.topicId, feed.partition);
    if (feed.isIdle && this.#feeds.get(key) === feed) {
      this.#feeds.delete(key);
    }
  }

  #wake(reader: PartitionReader, feed: PartitionFeed): void {
    if (reader.hasTurn) {
      this.#turns.add(reader);
    } else {
      this.#read(feed);
    }
  }

  #read(feed: PartitionFeed): void {
    if (this.#isClosed || feed.isBusy || feed.wantedPosition === undefined) {
      return;
    }
    if (feed.leader === undefined) {
      void this.#locate(feed);
    } else if (!this.#busyNodes.has(feed.leader)) {
      void this.#fetchFrom(feed.leader);
    }
  }

  async #locate(feed: PartitionFeed): Promise<void> {
    const { topic, partition } = feed;
    feed.isBusy = true;
    try {
      const leader = await this.transport.leaderOf(topic, partition, feed.leaderIsStale);
      if ((await this.transport.topicId(topic, false)) !== feed.topicId) {
        endAll(feed);
        return;
      }
      feed.leader = leader;
      feed.leaderIsStale = false;
      feed.isBusy = false;
      this.#read(feed);
    } catch (error) {
      this.#retryLater([feed], error);
    }
  }

  /** As long as somebody wants something of what the node leads. */
  async #fetchFrom(node: number): Promise<void> {
    this.#busyNodes.add(node);
    // Readers that ask in the same turn are in the first request, too.
    await nextTurn();
    for (;;) {
      const wanted = this.#wantedOf(node);
      if (wanted.size === 0 || this.#isClosed) {
        break;
      }
      await this.#fetch(node, wanted);
      await nextTurn();
    }
    this.#busyNodes.delete(node);
  }

  #wantedOf(node: number): Map<PartitionFeed, number> {
    const wanted = new Map<PartitionFeed, number>();
    for (const feed of this.#feeds.values()) {
      const position = feed.leader === node && !feed.isBusy ? feed.wantedPosition : undefined;
      if (position !== undefined) {
        wanted.set(feed, position);
      }
      if (wanted.size === this.options.partitionsMax) {
        break;
      }
    }
    if (wanted.size === this.options.partitionsMax) {
      // There may be more, which must come before those that are asked for again.
      for (const feed of wanted.keys()) {
        this.#moveBehind(feed);
      }
    }
    return wanted;
  }

  async #fetch(node: number, wanted: ReadonlyMap<PartitionFeed, number>): Promise<void> {
    const positions = [...wanted].map(([{ topicId, partition }, offset]) => ({
      topicId,
      partition,
      offset,
    }));
    try {
      const fetched = await this.transport.fetch(node, positions, this.options);
      this.observer.readsFlow();
      const byKey = new Map(fetched.map((each) => [keyOf(each.topicId, each.partition), each]));
      for (const [feed, position] of wanted) {
        const answer = byKey.get(keyOf(feed.topicId, feed.partition));
        if (answer !== undefined) {
          this.#take(feed, position, answer);
        }
      }
    } catch (error) {
      this.#retryLater([...wanted.keys()], error);
    }
  }

  #take(
    feed: PartitionFeed,
    position: number,
    { errorCode, endOffset, batches }: FetchedPartition,
  ): void {
    if (errorCode !== 0) {
      this.#meet(feed, position, new ProtocolError(errorCode));
      return;
    }
    feed.failures = 0;
    feed.endOffset = endOffset;
    if (batches.length > 0) {
      this.#moveBehind(feed);
    }
    for (const reader of feed.offer(position, batches)) {
      reader.ask();
    }
  }

  #moveBehind(feed: PartitionFeed): void {
    const key = keyOf(feed.topicId, feed.partition);
    if (this.#feeds.get(key) === feed) {
      this.#feeds.delete(key);
      this.#feeds.set(key, feed);
    }
  }

  #meet(feed: PartitionFeed, position: number, error: ProtocolError): void {
    if (nameOfBrokerError(error) === 'OFFSET_OUT_OF_RANGE') {
      void this.#moveIntoRange(feed, position);
    } else {
      this.#retryLater([feed], error);
    }
  }

  /** What was asked for is older than what is kept, or was lost, or a new leader doesn't have it yet. */
  async #moveIntoRange(feed: PartitionFeed, position: number): Promise<void> {
    feed.isBusy = true;
    try {
      const { beginOffset, endOffset } = await this.transport.extentOf(feed.topic, feed.partition);
      for (const reader of feed.readers) {
        if (reader.isHungry && reader.position === position) {
          reader.moveTo(Math.min(Math.max(position, beginOffset), endOffset));
        }
      }
      feed.isBusy = false;
      this.#read(feed);
    } catch (error) {
      this.#retryLater([feed], error);
    }
  }

  /** The leader may be another by now. */
  #retryLater(feeds: readonly PartitionFeed[], error: unknown): void {
    this.observer.readsWait(error);
    const now = performance.now();
    let failures = 0;
    for (const feed of feeds) {
      feed.failingSinceMs = feed.failures === 0 ? now : feed.failingSinceMs;
      feed.failures += 1;
      feed.leader = undefined;
      feed.leaderIsStale = true;
      feed.isBusy = true;
      failures = Math.max(failures, feed.failures);
      if (isUnknownTopic(error) && now - feed.failingSinceMs > this.options.unknownTopicTimeoutMs) {
        endAll(feed);
      }
    }
    const delayMs = Math.min(50 * 2 ** failures, retryMsMax);
    setTimeout(() => {
      for (const feed of feeds) {
        feed.isBusy = false;
        this.#read(feed);
      }
    }, delayMs).unref();
  }
}

const retryMsMax = 1_000;

function keyOf(topicId: string, partition: number): string {
  return `${topicId}/${partition}`;
}

function endAll(feed: PartitionFeed): void {
  for (const reader of feed.readers) {
    reader.tellGone();
  }
}

function isUnknownTopic(error: unknown): boolean {
  const answer = brokerErrorIn(error);
  return answer !== undefined && unknownTopic.has(nameOfBrokerError(answer));
}

const unknownTopic: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

import { brokerErrorIn, isRetriable, nameOfBrokerError } from './broker-error.js';
import type { KafkaConnection } from '../kafka/kafka-connection.js';
import { PartitionQueue, type AppendableRecord, type BatchLimits } from './partition-queue.js';
import { partitionFor } from './partition-for.js';
import {
  ProduceTransport,
  type PartitionBatch,
  type ProducerIdentity,
  type ProduceOutcome,
} from './produce-transport.js';
import { encodedRecordLengthMax } from './record-batch.js';
import type { RecordProducer, TopicRecord } from '../kafka/record-producer.js';

export interface BatchingProducerOptions extends BatchLimits {
  /** How long records gather before they are sent, unless `eagerBytes` have gathered earlier. */
  readonly lingerMs: number;
  readonly eagerBytes: number;
  /**
   * A request is sent without further batches once it holds so much. With one batch more it stays below the 2 MiB
   * of `socket.request.max.bytes` in deploy/kafka: a broker closes the connection on which a larger one comes, and
   * would on each repetition.
   */
  readonly requestBytesMax: number;
  /** Above so many unsettled bytes the producer is full: whoever feeds it should pause. */
  readonly pendingBytesMax: number;
  readonly requestTimeoutMs: number;
  /** A topic that still does not exist after so long will not come: its records fail. */
  readonly unknownTopicTimeoutMs: number;
}

export const defaultProducerOptions: BatchingProducerOptions = {
  lingerMs: 2,
  eagerBytes: 128 * 1024,
  requestBytesMax: 1024 * 1024,
  batchBytesMax: 900 * 1024,
  batchRecordsMax: 5_000,
  pendingBytesMax: 64 * 1024 * 1024,
  requestTimeoutMs: 15_000,
  unknownTopicTimeoutMs: 30_000,
};

/** What a request has of a batch beside its bytes and its topic's name. */
const batchFramingBytesMax = 32;

/** What happened, for metrics and logs. */
export interface ProducerObserver {
  stored(batch: {
    topic: string;
    partition: number;
    records: number;
    bytes: number;
    durationMs: number;
  }): void;
  /** A batch waits for its next attempt; `sinceMs` is the time of the first failure in a row. */
  retrying(batch: { topic: string; partition: number; error: Error; sinceMs: number }): void;
}

type Transport = Pick<
  ProduceTransport,
  'partitionCount' | 'leaderOf' | 'newProducer' | 'produce' | 'close'
>;

/** One partition of a topic, to which records are appended in order. */
export interface PartitionLog {
  append(record: AppendableRecord): void;
}

/**
 * The producer of the telemetry path. Records from everywhere gather for a few milliseconds; then
 * each broker gets one request with a batch for each partition that it leads, and the next only
 * after its answer. So a slow broker holds up its own partitions alone, and a partition's records
 * keep their order through every retry; the brokers recognise repeated batches (idempotent
 * producer), so that a retry stores nothing twice.
 *
 * While Kafka is away nothing is dropped and nothing fails: records wait, `isFull` turns true, and
 * whoever feeds the producer pauses until its own records are settled.
 */
export class BatchingProducer implements RecordProducer {
  readonly #queues = new Map<string, PartitionQueue>();
  /** Queues that have something to send, in the order in which they got it. */
  readonly #active = new Set<PartitionQueue>();
  readonly #busyNodes = new Set<number>();
  readonly #idleListeners = new Set<() => void>();
  #pendingBytes = 0;
  #full = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly identity: ProducerIdentity,
    private readonly options: BatchingProducerOptions,
    private readonly observer: ProducerObserver,
  ) {}

  /** @throws GenericError when no broker answers */
  static async start(
    connection: KafkaConnection,
    observer: ProducerObserver,
    options: Partial<BatchingProducerOptions> = {},
  ): Promise<BatchingProducer> {
    const settings = { ...defaultProducerOptions, ...options };
    const transport = new ProduceTransport(connection, settings.requestTimeoutMs);
    try {
      return new BatchingProducer(transport, await transport.newProducer(), settings, observer);
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  /** Bytes that are not settled yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get isFull(): boolean {
    return this.#full;
  }

  partition(topic: string, partition: number): PartitionLog {
    const queue = this.#queueOf(topic, partition);
    return {
      append: (record) => {
        this.#append(queue, record);
      },
    };
  }

  async send(records: readonly TopicRecord[]): Promise<void> {
    const counts = new Map<string, number>();
    for (const { topic } of records) {
      if (!counts.has(topic)) {
        counts.set(topic, await this.transport.partitionCount(topic));
      }
    }
    await Promise.all(
      records.map(({ topic, key, value, headers }) => {
        const partition = partitionFor(key, counts.get(topic) ?? 1);
        return this.#appendAndWait(this.#queueOf(topic, partition), { key, value, headers });
      }),
    );
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    if (this.#active.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => this.#idleListeners.add(resolve));
  }

  async close(): Promise<void> {
    await this.flush();
    await this.transport.close();
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    const name = `${topic}/${partition}`;
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, this.identity, this.options);
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #appendAndWait(
    queue: PartitionQueue,
    record: Pick<AppendableRecord, 'key' | 'value' | 'headers'>,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#append(queue, {
        ...record,
        settle: (error) => {
          if (error === undefined) {
            resolve();
          } else {
            reject(error);
          }
        },
      });
    });
  }

  #append(queue: PartitionQueue, record: AppendableRecord): void {
    queue.push(record);
    this.#active.add(queue);
    this.#pendingBytes += encodedRecordLengthMax(record);
    if (this.#pendingBytes > this.options.pendingBytesMax) {
      this.#full = true;
    }
    this.#arm();
  }

  /** Sends what has gathered: soon, or at once when it is much already. */
  #arm(): void {
    if (this.#immediate !== undefined) {
      return;
    }
    if (this.#pendingBytes >= this.options.eagerBytes) {
      this.#immediate = setImmediate(() => {
        this.#dispatch();
      });
    } else {
      this.#timer ??= setTimeout(() => {
        this.#dispatch();
      }, this.options.lingerMs);
    }
  }

  #dispatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#immediate = undefined;
    const now = Date.now();
    const ready = new Map<number, PartitionQueue[]>();
    for (const queue of this.#active) {
      if (queue.inFlight || queue.locating || queue.retryAtMs > now) {
        continue;
      }
      if (queue.leader === undefined) {
        void this.#locate(queue);
      } else if (!this.#busyNodes.has(queue.leader)) {
        const queues = ready.get(queue.leader);
        if (queues === undefined) {
          ready.set(queue.leader, [queue]);
        } else {
          queues.push(queue);
        }
      }
    }
    for (const [node, queues] of ready) {
      void this.#produce(node, queues, now);
    }
  }

  async #locate(queue: PartitionQueue): Promise<void> {
    queue.locating = true;
    try {
      queue.leader = await this.transport.leaderOf(
        queue.topic,
        queue.partition,
        queue.leaderIsStale,
      );
      queue.leaderIsStale = false;
      this.#arm();
    } catch (error) {
      this.#retryLater(queue, error as Error);
    } finally {
      queue.locating = false;
    }
  }

  async #produce(node: number, ready: readonly PartitionQueue[], now: number): Promise<void> {
    this.#busyNodes.add(node);
    const { queues, batches } = this.#nextRequest(ready, now);
    let failure: Error | undefined;
    let outcomes: readonly ProduceOutcome[] = [];
    try {
      outcomes = await this.transport.produce(node, batches);
    } catch (error) {
      failure = error as Error;
    }
    this.#busyNodes.delete(node);
    for (const [index, queue] of queues.entries()) {
      queue.inFlight = false;
      const error = failure ?? outcomes[index];
      const batch = batches[index];
      if (error !== undefined) {
        await this.#handleFailure(queue, error);
      } else if (batch !== undefined) {
        this.#release(queue.settleStored());
        queue.failures = 0;
        const { topic, partition, bytes, records } = batch;
        const durationMs = Date.now() - now;
        this.observer.stored({ topic, partition, records, bytes: bytes.length, durationMs });
      }
      this.#endIfEmpty(queue);
    }
    if (this.#active.size > 0) {
      this.#arm();
    }
  }

  /** What goes along goes behind the others, whose turn is the next. */
  #nextRequest(ready: readonly PartitionQueue[], now: number) {
    const queues: PartitionQueue[] = [];
    const batches: (PartitionBatch & { readonly records: number })[] = [];
    let requestBytes = 0;
    for (const queue of ready) {
      if (requestBytes >= this.options.requestBytesMax) {
        break;
      }
      queue.inFlight = true;
      const { bytes, records } = queue.nextBatch(now);
      requestBytes += bytes.length + queue.topic.length + batchFramingBytesMax;
      queues.push(queue);
      batches.push({
        topic: queue.topic,
        partition: queue.partition,
        bytes,
        records: records.length,
      });
      this.#active.delete(queue);
      this.#active.add(queue);
    }
    return { queues, batches };
  }

  async #handleFailure(queue: PartitionQueue, error: Error): Promise<void> {
    const answer = brokerErrorIn(error);
    if (answer === undefined) {
      this.#retryLater(queue, error);
      return;
    }
    switch (nameOfBrokerError(answer)) {
      case 'DUPLICATE_SEQUENCE_NUMBER':
        this.#release(queue.settleStored());
        return;
      case 'OUT_OF_ORDER_SEQUENCE_NUMBER':
      case 'UNKNOWN_PRODUCER_ID':
      case 'INVALID_PRODUCER_EPOCH':
        await this.#renumber(queue, error);
        return;
      case 'MESSAGE_TOO_LARGE':
      case 'RECORD_LIST_TOO_LARGE':
        if (!queue.splitBatch()) {
          this.#release(queue.settleFailed(error));
        }
        return;
      default:
        if (isRetriable(answer)) {
          this.#retryLater(queue, error);
        } else {
          this.#release(queue.settleFailed(error));
        }
    }
  }

  async #renumber(queue: PartitionQueue, error: Error): Promise<void> {
    try {
      queue.adopt(await this.transport.newProducer(), Date.now());
      const { topic, partition } = queue;
      this.observer.retrying({ topic, partition, error, sinceMs: Date.now() });
    } catch (newProducerError) {
      this.#retryLater(queue, newProducerError as Error);
    }
  }

  #retryLater(queue: PartitionQueue, error: Error): void {
    const now = Date.now();
    if (queue.failures === 0) {
      queue.failingSinceMs = now;
    }
    queue.failures += 1;
    queue.leader = undefined;
    queue.leaderIsStale = true;
    if (isUnknownTopic(error) && now - queue.failingSinceMs > this.options.unknownTopicTimeoutMs) {
      queue.failures = 0;
      this.#release(queue.failAll(error));
      this.#endIfEmpty(queue);
      return;
    }
    const { topic, partition, failingSinceMs: sinceMs } = queue;
    this.observer.retrying({ topic, partition, error, sinceMs });
    const delayMs = Math.min(50 * 2 ** queue.failures, 1_000);
    queue.retryAtMs = now + delayMs;
    setTimeout(() => {
      this.#arm();
    }, delayMs + 1);
  }

  #release(bytes: number): void {
    this.#pendingBytes -= bytes;
    if (this.#full && this.#pendingBytes < this.options.pendingBytesMax * 0.75) {
      this.#full = false;
    }
  }

  #endIfEmpty(queue: PartitionQueue): void {
    if (queue.isEmpty) {
      this.#active.delete(queue);
    }
    if (this.#active.size === 0) {
      for (const listener of this.#idleListeners) {
        listener();
      }
      this.#idleListeners.clear();
    }
  }
}

function isUnknownTopic(error: Error): boolean {
  const answer = brokerErrorIn(error);
  return answer !== undefined && nameOfBrokerError(answer) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

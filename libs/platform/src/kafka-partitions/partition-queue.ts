import { encodedRecordLengthMax, encodeRecordBatch } from './record-batch.js';
import type { ProducerIdentity } from './produce-transport.js';
import type { KafkaRecord } from '../kafka/record.js';

/** A record that waits to be stored, and hears what became of it. */
export interface AppendableRecord extends KafkaRecord {
  /**
   * Called once: without an error when every in-sync replica has the record, with one when it can
   * never be stored. Records of one partition are settled in the order in which they were appended.
   */
  settle(error: Error | undefined): void;
}

/** Records on their way; repeated byte for byte until the broker answers for them. */
interface EncodedBatch {
  readonly records: readonly AppendableRecord[];
  readonly bytes: Buffer;
}

export interface BatchLimits {
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
}

/** What one partition still has to store, in order; at most one batch of it is on its way. */
export class PartitionQueue {
  leader: number | undefined;
  /** The leader must be asked for anew, since an answer showed the known one to be wrong. */
  leaderIsStale = false;
  locating = false;
  inFlight = false;
  retryAtMs = 0;
  failures = 0;
  failingSinceMs = 0;

  #identity: ProducerIdentity;
  #sequence = 0;
  #waiting: AppendableRecord[] = [];
  #batch: EncodedBatch | undefined;
  #batchRecordsMax: number;

  constructor(
    readonly topic: string,
    readonly partition: number,
    identity: ProducerIdentity,
    private readonly limits: BatchLimits,
  ) {
    this.#identity = identity;
    this.#batchRecordsMax = limits.batchRecordsMax;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#batch === undefined;
  }

  push(record: AppendableRecord): void {
    this.#waiting.push(record);
  }

  /** The batch to send next: the one that must be repeated, or a new one of what waits. */
  nextBatch(nowMs: number): EncodedBatch {
    this.#batch ??= this.#encode(this.#takeWaiting(), nowMs);
    return this.#batch;
  }

  /** The broker has the batch. Returns how many bytes are settled by it. */
  settleStored(): number {
    const { records } = this.#endBatch();
    this.#sequence = (this.#sequence + records.length) & 0x7fff_ffff;
    this.#batchRecordsMax = this.limits.batchRecordsMax;
    return settle(records, undefined);
  }

  /** The broker will never have the batch. Returns how many bytes are settled by it. */
  settleFailed(error: Error): number {
    return settle(this.#endBatch().records, error);
  }

  /** Fails what waits as well: nothing of the partition can be stored. */
  failAll(error: Error): number {
    const bytes = this.#batch === undefined ? 0 : this.settleFailed(error);
    const waiting = this.#waiting;
    this.#waiting = [];
    return bytes + settle(waiting, error);
  }

  /** Halves the batch, which the broker found too large. False when it is a single record. */
  splitBatch(): boolean {
    const records = this.#batch?.records ?? [];
    if (records.length < 2) {
      return false;
    }
    this.#batchRecordsMax = Math.ceil(records.length / 2);
    this.#waiting = [...records, ...this.#waiting];
    this.#batch = undefined;
    return true;
  }

  /**
   * Goes on under a new identity, when the broker no longer knows where the old one stood. The batch
   * in hand is numbered anew.
   */
  adopt(identity: ProducerIdentity, nowMs: number): void {
    this.#identity = identity;
    this.#sequence = 0;
    if (this.#batch !== undefined) {
      this.#batch = this.#encode(this.#batch.records, nowMs);
    }
  }

  #takeWaiting(): readonly AppendableRecord[] {
    const { batchBytesMax } = this.limits;
    let bytes = 0;
    let count = 0;
    for (const record of this.#waiting) {
      bytes += encodedRecordLengthMax(record);
      if (count > 0 && (bytes > batchBytesMax || count === this.#batchRecordsMax)) {
        break;
      }
      count += 1;
    }
    if (count === this.#waiting.length) {
      const all = this.#waiting;
      this.#waiting = [];
      return all;
    }
    return this.#waiting.splice(0, count);
  }

  #encode(records: readonly AppendableRecord[], nowMs: number): EncodedBatch {
    const bytes = encodeRecordBatch(
      records,
      { ...this.#identity, baseSequence: this.#sequence },
      nowMs,
    );
    return { records, bytes };
  }

  #endBatch(): EncodedBatch {
    const batch = this.#batch;
    if (batch === undefined) {
      throw new Error('no batch is on its way');
    }
    this.#batch = undefined;
    return batch;
  }
}

function settle(records: readonly AppendableRecord[], error: Error | undefined): number {
  let bytes = 0;
  for (const record of records) {
    bytes += encodedRecordLengthMax(record);
    record.settle(error);
  }
  return bytes;
}

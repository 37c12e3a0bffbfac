import type { PartitionReader } from './partition-reader.js';

/** A partition that somebody reads, and its readers. */
export class PartitionFeed {
  readonly #readers = new Set<PartitionReader>();
  /** The node that leads it; undefined until it is looked up. */
  leader: number | undefined;
  leaderIsStale = false;
  isBusy = false;
  failures = 0;
  failingSinceMs = 0;
  /** Behind the last record, as a broker said last. */
  endOffset = -1;

  constructor(
    readonly topic: string,
    readonly topicId: string,
    readonly partition: number,
  ) {}

  get isIdle(): boolean {
    return this.#readers.size === 0;
  }

  get readers(): readonly PartitionReader[] {
    return [...this.#readers];
  }

  add(reader: PartitionReader): void {
    this.#readers.add(reader);
  }

  delete(reader: PartitionReader): void {
    this.#readers.delete(reader);
  }

  /**
   * From where to fetch next; a request may name a partition once. Those who are behind the end take turns: for the
   * others there is nothing yet, and it comes to all of them by one answer.
   */
  get wantedPosition(): number | undefined {
    let waiting: number | undefined;
    for (const reader of this.#readers) {
      if (reader.isHungry) {
        if (reader.position < this.endOffset) {
          return reader.position;
        }
        waiting ??= reader.position;
      }
    }
    return waiting;
  }

  /** @returns who can take turns now */
  offer(position: number, batches: Buffer): readonly PartitionReader[] {
    const served = this.readers.filter((reader) => reader.isHungry && reader.position === position);
    for (const reader of served) {
      // Who must fetch again stays before those who were given something.
      if (reader.offer(batches) && this.#readers.delete(reader)) {
        this.#readers.add(reader);
      }
    }
    return served;
  }
}

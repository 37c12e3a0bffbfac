import { RecordCursor, type StoredRecord } from './record-cursor.js';
import type { UnkeptPlace } from './unkept-place.js';

/** Who reads a partition. */
export interface PartitionReaderHandlers {
  /** How many records are wanted now. */
  readonly room: () => number;
  readonly receive: (record: StoredRecord) => void;
  /**
   * Whether so many bytes may be kept until they are wanted; what may not is read again then. 0 gives back what
   * was kept before.
   */
  readonly keep: (bytes: number) => boolean;
  /** All that is stored at the moment was received. */
  readonly caughtUp: () => void;
  /** The topic is gone: there is nothing more to read. */
  readonly gone: () => void;
  /** What comes next cannot be read, now or later. */
  readonly failed: (error: unknown) => void;
}

/** Reads one partition from an offset on, as far as its owner wants. */
export class PartitionReader {
  #cursor: RecordCursor | undefined;
  #position: number;
  #isClosed = false;
  #isUnkept = false;
  /** What was fetched last could not be kept, nor held until its turn. */
  #isRefused = false;

  constructor(
    private readonly handlers: PartitionReaderHandlers,
    private readonly world: {
      /** There is something to take a turn for, or to be fetched. */
      readonly wake: (reader: PartitionReader) => void;
      readonly close: (reader: PartitionReader) => void;
      readonly unkept: UnkeptPlace;
      readonly fail: (reader: PartitionReader, error: unknown) => void;
      /** Behind the last record of the partition, as far as is known. */
      readonly endOffset: () => number;
    },
    position: number,
  ) {
    this.#position = position;
  }

  /** Of the record that is received next. */
  get position(): number {
    return this.#cursor?.position ?? this.#position;
  }

  get endOffset(): number {
    return Math.max(this.world.endOffset(), this.position);
  }

  /** Has what was fetched and can be received. */
  get hasTurn(): boolean {
    return this.#cursor !== undefined && this.#wants;
  }

  /** Wants what must be fetched. */
  get isHungry(): boolean {
    const isHeldBack = this.#isRefused && this.world.unkept.isTaken;
    return this.#cursor === undefined && !isHeldBack && this.#wants;
  }

  /** There may be room. */
  ask(): void {
    if (this.#wants) {
      this.world.wake(this);
    }
  }

  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#drop();
      this.world.close(this);
    }
  }

  /** For the loop: what was fetched from the position on. @returns false when it must be fetched again */
  offer(batches: Buffer): boolean {
    if (batches.length === 0) {
      this.#tellIfCaughtUp();
      return true;
    }
    this.#isUnkept = !this.handlers.keep(batches.length);
    this.#isRefused = this.#isUnkept && !this.world.unkept.take(this);
    if (!this.#isRefused) {
      this.#cursor = new RecordCursor(batches, this.#position);
    }
    return !this.#isRefused;
  }

  /**
   * For the loop: hands on some of what was fetched, one record at least. A record that cannot be read ends this
   * reader alone.
   */
  takeTurn(recordsMax: number, hasTime: () => boolean): void {
    try {
      this.#receive(recordsMax, hasTime);
      if (this.#isUnkept) {
        this.#drop();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** For the loop: what is asked for is not there, but here something is. */
  moveTo(position: number): void {
    this.#position = position;
  }

  /** For the loop. */
  tellGone(): void {
    this.close();
    this.handlers.gone();
  }

  get #wants(): boolean {
    return !this.#isClosed && this.handlers.room() > 0;
  }

  #receive(recordsMax: number, hasTime: () => boolean): void {
    for (let taken = 0; taken < recordsMax && this.hasTurn; taken++) {
      if (taken > 0 && !hasTime()) {
        return;
      }
      const record = this.#cursor?.next();
      if (record === undefined) {
        this.#drop();
        this.#tellIfCaughtUp();
        return;
      }
      this.handlers.receive(record);
    }
  }

  #fail(error: unknown): void {
    this.close();
    this.world.fail(this, error);
    this.handlers.failed(error);
  }

  #tellIfCaughtUp(): void {
    if (!this.#isClosed && this.#position >= this.world.endOffset()) {
      this.handlers.caughtUp();
    }
  }

  #drop(): void {
    this.#position = this.position;
    this.#cursor = undefined;
    this.handlers.keep(0);
    this.world.unkept.leave(this);
  }
}

import { RecordCursor, type StoredRecord } from './record-cursor.js';

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

  constructor(
    private readonly handlers: PartitionReaderHandlers,
    private readonly world: {
      /** There is something to take a turn for, or to be fetched. */
      readonly wake: (reader: PartitionReader) => void;
      readonly close: (reader: PartitionReader) => void;
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
    return this.#cursor === undefined && this.#wants;
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

  /** For the loop: what was fetched from the position on. */
  offer(batches: Buffer): void {
    if (batches.length === 0) {
      this.#tellIfCaughtUp();
      return;
    }
    this.#cursor = new RecordCursor(batches, this.#position);
    if (!this.handlers.keep(batches.length)) {
      this.takeTurn(Math.min(unkeptRecordsMax, this.handlers.room()));
      this.#drop();
    }
  }

  /** For the loop: hands on some of what was fetched. A record that cannot be read ends this reader alone. */
  takeTurn(recordsMax: number): void {
    try {
      this.#receive(recordsMax);
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

  #receive(recordsMax: number): void {
    for (let taken = 0; taken < recordsMax && this.hasTurn; taken++) {
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
  }
}

/** Of what may not be kept, so many are handed on at once. */
const unkeptRecordsMax = 16;

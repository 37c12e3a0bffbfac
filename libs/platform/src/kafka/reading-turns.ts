import type { PartitionReader } from './partition-reader.js';

/** Of one reader before the others, and of all before whatever else the process does: about a millisecond. */
const recordsPerReader = 16;
const readersPerTurn = 8;

/** Hands on what was fetched, a little at a time, so that nobody waits long for a reader that has much to receive. */
export class ReadingTurns {
  readonly #readers = new Set<PartitionReader>();
  #isScheduled = false;

  /** @param after a reader's turn it may want something else */
  constructor(private readonly after: (reader: PartitionReader) => void) {}

  add(reader: PartitionReader): void {
    this.#readers.add(reader);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#run();
      });
    }
  }

  delete(reader: PartitionReader): void {
    this.#readers.delete(reader);
  }

  #run(): void {
    this.#isScheduled = false;
    for (const reader of [...this.#readers].slice(0, readersPerTurn)) {
      this.#readers.delete(reader);
      reader.takeTurn(recordsPerReader);
      // Comes again behind the others, if it can take more.
      this.after(reader);
    }
    const [next] = this.#readers;
    if (next !== undefined) {
      this.add(next);
    }
  }
}

import type { PartitionReader } from './partition-reader.js';

/** Of one reader before the others. */
const recordsPerReader = 16;
/** Of all before whatever else the process does. A record may take longer: one has its turn in any case. */
const turnMs = 1;

/** Hands on what was fetched, a little at a time, so that nobody waits long for a reader that has much to receive. */
export class ReadingTurns {
  readonly #readers = new Set<Pick<PartitionReader, 'takeTurn' | 'ask'>>();
  #isScheduled = false;

  constructor(private readonly clock: () => number) {}

  add(reader: Pick<PartitionReader, 'takeTurn' | 'ask'>): void {
    this.#readers.add(reader);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#run();
      });
    }
  }

  delete(reader: Pick<PartitionReader, 'takeTurn' | 'ask'>): void {
    this.#readers.delete(reader);
  }

  #run(): void {
    const endMs = this.clock() + turnMs;
    const hasTime = (): boolean => this.clock() < endMs;
    // Who comes again stands behind the others, and is met again here while there is time.
    for (const reader of this.#readers) {
      this.#readers.delete(reader);
      reader.takeTurn(recordsPerReader, hasTime);
      reader.ask();
      if (!hasTime()) {
        break;
      }
    }
    this.#isScheduled = false;
    const [next] = this.#readers;
    if (next !== undefined) {
      this.add(next);
    }
  }
}

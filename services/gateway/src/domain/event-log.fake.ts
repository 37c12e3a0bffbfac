import type {
  EventExtent,
  EventLog,
  EventPartition,
  EventReading,
  EventReadingHandlers,
  StoredEvent,
} from './event-log.js';

interface FakeReading {
  readonly key: string;
  next: number;
  readonly handlers: EventReadingHandlers;
}

/** Events in memory, by topic and partition. */
export class FakeEventLog implements EventLog {
  readonly #events = new Map<string, StoredEvent[]>();
  readonly #readings = new Set<FakeReading>();
  failure: Error | undefined;
  #mayAnswer: Promise<void> = Promise.resolve();

  /** Answers wait. @returns lets them go on */
  holdAnswers(): () => void {
    let goOn = (): void => undefined;
    this.#mayAnswer = new Promise((resolve) => {
      goOn = resolve;
    });
    return goOn;
  }

  /** How many read. */
  get readings(): number {
    return this.#readings.size;
  }

  append(place: EventPartition, text: string, enqueuedMs = 1_000): void {
    const events = this.#at(keyOf(place));
    const body = Buffer.from(text);
    events.push({ sequenceNumber: events.length, enqueuedMs, body, properties: [] });
    this.#events.set(keyOf(place), events);
    for (const reading of this.#readings) {
      this.#give(reading);
    }
  }

  extentOf(place: EventPartition): Promise<EventExtent> {
    const events = this.#at(keyOf(place));
    const extent = { begin: 0, end: events.length, lastMs: events.at(-1)?.enqueuedMs };
    return this.#answer(extent);
  }

  firstSince(place: EventPartition, timeMs: number): Promise<number> {
    const events = this.#at(keyOf(place));
    const found = events.findIndex(({ enqueuedMs }) => enqueuedMs >= timeMs);
    return this.#answer(found < 0 ? events.length : found);
  }

  read(
    place: EventPartition,
    first: number,
    handlers: EventReadingHandlers,
  ): Promise<EventReading> {
    const reading = { key: keyOf(place), next: first, handlers };
    this.#readings.add(reading);
    const at = (key: string): readonly StoredEvent[] => this.#at(key);
    return this.#answer({
      get endOffset() {
        return at(reading.key).length;
      },
      ask: () => {
        this.#give(reading);
      },
      close: () => void this.#readings.delete(reading),
    });
  }

  removePartitions(): void {
    this.#events.clear();
    for (const { handlers } of this.#readings) {
      handlers.gone();
    }
    this.#readings.clear();
  }

  #give(reading: FakeReading): void {
    const { handlers } = reading;
    const events = this.#at(reading.key);
    while (this.#readings.has(reading) && handlers.room() > 0) {
      const event = events[reading.next];
      if (event === undefined) {
        handlers.caughtUp();
        return;
      }
      reading.next += 1;
      handlers.receive(event);
    }
  }

  #at(key: string): StoredEvent[] {
    return this.#events.get(key) ?? [];
  }

  async #answer<T>(value: T): Promise<T> {
    await this.#mayAnswer;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    return value;
  }
}

function keyOf({ topic, partition }: EventPartition): string {
  return `${topic}/${partition}`;
}

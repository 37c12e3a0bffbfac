/** Reads a hub's feedback for as long as it is told to, whatever happens to the hub. */
import { setTimeout as delay } from 'node:timers/promises';
import { call, type CommandHub } from './command-hub.js';

interface FeedbackRecord {
  readonly originalMessageId: string;
  readonly enqueuedTimeUtc: string;
  readonly statusCode: string;
  readonly deviceId: string;
}

const emptyMs = 200;

/** Of one device: the ends that were told of each command, `<status> at <time>`; a record may be read twice. */
export type CommandEnds = ReadonlyMap<string, ReadonlySet<string>>;

export class CommandFeedback {
  readonly #ends = new Map<string, Map<string, Set<string>>>();
  readonly #stopping = new AbortController();
  readonly #readers: Promise<unknown>;

  constructor(
    private readonly hub: CommandHub,
    readers = 2,
  ) {
    this.#readers = Promise.all(Array.from({ length: readers }, () => this.#read()));
  }

  endsOf(deviceId: string): CommandEnds {
    return this.#ends.get(deviceId) ?? new Map<string, Set<string>>();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#readers;
  }

  async #read(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const batch = await call(this.hub, { method: 'GET', path });
      if (batch?.status === 200) {
        this.#note(JSON.parse(batch.text) as FeedbackRecord[]);
        await call(this.hub, { method: 'DELETE', path: `${path}/${batch.etag.slice(1, -1)}` });
      } else {
        await delay(emptyMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #note(records: readonly FeedbackRecord[]): void {
    for (const { deviceId, originalMessageId, statusCode, enqueuedTimeUtc } of records) {
      const ofDevice = this.#ends.get(deviceId) ?? new Map<string, Set<string>>();
      const ends = ofDevice.get(originalMessageId) ?? new Set<string>();
      this.#ends.set(deviceId, ofDevice.set(originalMessageId, ends));
      ends.add(`${statusCode} at ${enqueuedTimeUtc}`);
    }
  }
}

const path = '/messages/serviceBound/feedback';

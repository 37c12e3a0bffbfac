import { setTimeout as delay } from 'node:timers/promises';
import { startGroupConsumer, type ConsumerOptions, type RecordConsumer } from './consumer.js';

interface PatientConsumerOptions extends ConsumerOptions {
  /** The topic cannot be read yet; it is tried again. */
  readonly onUnread: (error: unknown) => void;
}

const retryMs = 5_000;

/**
 * Shares a topic that is another service's, as `startGroupConsumer` does. The topic may come into being after
 * this process: until then the consumer tries again.
 */
export class PatientConsumer {
  readonly #stopping = new AbortController();
  readonly #started: Promise<RecordConsumer | undefined>;

  private constructor(private readonly options: PatientConsumerOptions) {
    this.#started = this.#startUntilItWorks();
  }

  static start(options: PatientConsumerOptions): PatientConsumer {
    return new PatientConsumer(options);
  }

  /** What was taken is handled first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const consumer = await this.#started;
    await consumer?.stop();
  }

  async #startUntilItWorks(): Promise<RecordConsumer | undefined> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        return await startGroupConsumer(this.options);
      } catch (error) {
        this.options.onUnread(error);
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

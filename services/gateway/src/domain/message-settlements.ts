import type { DeviceMessages, MessageReceiver, Settlement } from './device-messages.js';
import { RetryPauses } from './retry-pauses.js';

interface MessageSettlementsOptions {
  readonly receiver: MessageReceiver;
  readonly messages: DeviceMessages;
  /** Some are through, or given up: there is room. */
  readonly onDone: () => void;
  readonly onSettled: (settlements: readonly Settlement[]) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Of one call. */
const settlementsMax = 50;
/** Of one call. With the pauses between them some seconds: the service is away for longer or not at all. */
const attemptsMax = 5;

/**
 * What one connection's client says of its messages: one call at a time, which takes along all that has gathered. A
 * settlement that cannot be made is given up, and its message comes once more.
 */
export class MessageSettlements {
  #waiting: Settlement[] = [];
  #underWay = 0;
  #work: Promise<void> | undefined;
  #isOver = false;
  #hasFailed = false;
  readonly #pauses = new RetryPauses();

  constructor(private readonly options: MessageSettlementsOptions) {}

  /** Those that are not answered yet. */
  get pending(): number {
    return this.#waiting.length + this.#underWay;
  }

  /** Some were given up: their messages are locked still. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  add(settlement: Settlement): void {
    this.#waiting.push(settlement);
    this.#work ??= this.#run();
  }

  /** Resolves when none is pending. */
  idle(): Promise<void> {
    return this.#work ?? Promise.resolve();
  }

  /** From now on what fails is given up at once. */
  end(): void {
    this.#isOver = true;
    this.#pauses.end();
  }

  async #run(): Promise<void> {
    // What one read of the socket brings goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const settlements = this.#waiting.splice(0, settlementsMax);
      this.#underWay = settlements.length;
      await this.#settle(settlements);
      this.#underWay = 0;
      this.options.onDone();
    }
    this.#work = undefined;
  }

  async #settle(settlements: readonly Settlement[]): Promise<void> {
    const { messages, receiver, onSettled, onFailed } = this.options;
    this.#pauses.succeeded();
    for (;;) {
      try {
        const settled = await messages.settle(receiver, settlements);
        onSettled(settlements.filter((_, index) => settled[index] === true));
        return;
      } catch (error) {
        onFailed(error);
        if (this.#isOver || this.#pauses.failures >= attemptsMax - 1) {
          this.#hasFailed = true;
          return;
        }
        await this.#pauses.next();
      }
    }
  }
}

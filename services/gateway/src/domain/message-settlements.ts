import type { DeviceMessages, MessageReceiver, Settlement } from './device-messages.js';
import { RetryPauses } from './retry-pauses.js';

interface MessageSettlementsOptions {
  readonly receiver: MessageReceiver;
  readonly messages: DeviceMessages;
  /** Some are through: there is room. */
  readonly onDone: () => void;
  /** @param areSettled for each whether it counts: not when its lock was lost */
  readonly onSettled: (settlements: readonly Settlement[], areSettled: readonly boolean[]) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Of one call. */
const settlementsMax = 50;
/**
 * What one connection's client says of its messages: one call at a time, which takes along all that has gathered. It
 * is made again until it is answered, or the connection has ended: then its messages come once more.
 */
export class MessageSettlements {
  #waiting: Settlement[] = [];
  #underWay: readonly Settlement[] = [];
  #work: Promise<void> | undefined;
  #isOver = false;
  #hasFailed = false;
  readonly #pauses = new RetryPauses();

  constructor(private readonly options: MessageSettlementsOptions) {}

  /** Those that are not answered yet. */
  get pending(): readonly Settlement[] {
    return [...this.#underWay, ...this.#waiting];
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
      this.#underWay = this.#waiting.splice(0, settlementsMax);
      await this.#settle(this.#underWay);
      this.#underWay = [];
      this.options.onDone();
    }
    this.#work = undefined;
  }

  async #settle(settlements: readonly Settlement[]): Promise<void> {
    const { messages, receiver, onSettled, onFailed } = this.options;
    this.#pauses.succeeded();
    for (;;) {
      try {
        onSettled(settlements, await messages.settle(receiver, settlements));
        return;
      } catch (error) {
        onFailed(error);
        if (this.#isOver) {
          this.#hasFailed = true;
          return;
        }
        await this.#pauses.next();
      }
    }
  }
}

import type { DeviceMessages, MessageReceiver, Settlement } from './device-messages.js';
import { RetryPauses } from './retry-pauses.js';

interface MessageSettlementsOptions {
  readonly receiver: MessageReceiver;
  readonly messages: DeviceMessages;
  /** Some are through: there is room. @param someWait some messages wait again, perhaps */
  readonly onDone: (someWait: boolean) => void;
  /** @param areSettled for each whether it counts, or may: not when its lock was lost */
  readonly onSettled: (settlements: readonly Settlement[], areSettled: readonly boolean[]) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Of one call. */
const settlementsMax = 50;

/**
 * What one connection's client says of its messages: one call at a time, which takes along all that has gathered. It
 * is made again until it is answered, or the connection has ended: then its messages come once more. A lock that a
 * repeated call does not find may be what the first one ended, and counts: a client that heard of a lost lock would
 * undo what it did, and never get the message again.
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
      const someWait = await this.#settle(this.#underWay);
      this.#underWay = [];
      this.options.onDone(someWait);
    }
    this.#work = undefined;
  }

  /** @returns whether some messages wait again, perhaps: whoever asked meanwhile was not given them */
  async #settle(settlements: readonly Settlement[]): Promise<boolean> {
    const { messages, receiver, onSettled, onFailed } = this.options;
    this.#pauses.succeeded();
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        const areSettled = await messages.settle(receiver, settlements);
        onSettled(
          settlements,
          areSettled.map((isSettled) => isSettled || isRepeated),
        );
        return areSettled.includes(false) || settlements.some(isAbandoned);
      } catch (error) {
        onFailed(error);
        if (this.#isOver) {
          this.#hasFailed = true;
          return false;
        }
        await this.#pauses.next();
      }
    }
  }
}

function isAbandoned({ outcome }: Settlement): boolean {
  return outcome === 'abandon';
}

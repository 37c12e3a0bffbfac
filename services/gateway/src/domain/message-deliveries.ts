import { azureLimits } from '@linchpin/wire';
import type {
  DeviceMessages,
  LockedMessage,
  LockedMessages,
  LockWish,
  ConnectedReceiver,
  Release,
  Settlement,
  SettlementOutcome,
} from './device-messages.js';
import { MessageSettlements } from './message-settlements.js';
import { RetryPauses } from './retry-pauses.js';

/**
 * What became of a message that was to be sent to the client: it has it and will settle it, it has it and will not,
 * it can never have it, or it cannot have it now.
 */
export type Delivery = 'sent' | 'completed' | 'undeliverable' | 'refused';

interface MessageDeliveriesOptions {
  readonly receiver: ConnectedReceiver;
  readonly messages: DeviceMessages;
  /** What the client has and does not settle before its connection ends was delivered once more. */
  readonly countsAtEnd: boolean;
  /** How many more the client takes now, beside those that are not settled yet; no queue has more than 50. */
  readonly room: (unsettled: number) => number;
  readonly deliver: (message: LockedMessage) => Delivery;
  /** @param areSettled for each whether it counts: not when its lock was lost */
  readonly onSettled: (settlements: readonly Settlement[], areSettled: readonly boolean[]) => void;
  /** The queue did not answer, or a message could not be sent for a fault of ours; it is tried again. */
  readonly onFailed: (error: unknown) => void;
  readonly onAnswered: () => void;
  readonly now: () => Date;
}

/**
 * The cloud-to-device messages of one connection, whatever its protocol: asked for when there may be some and the
 * client has room, delivered in their order, and settled as the client says. None is lost: what it has not settled
 * waits again when it is gone.
 */
export class MessageDeliveries {
  /** Lock tokens of what the client has and has not settled. */
  readonly #sent = new Set<Buffer>();
  readonly #settlements: MessageSettlements;
  readonly #pauses = new RetryPauses();
  #mayWait = false;
  /** Undefined when the queue knows of it. */
  #subscribedMs: number | undefined;
  /** Something is locked, or may be, that the client was not sent; until it is given back nothing may overtake it. */
  #holdsUnsent = false;
  #work: Promise<void> | undefined;
  #ended: Promise<void> | undefined;

  constructor(private readonly options: MessageDeliveriesOptions) {
    this.#settlements = new MessageSettlements({
      ...options,
      onDone: (someWait) => {
        this.#mayWait ||= someWait;
        this.#proceed();
      },
    });
  }

  /** Messages may wait, or the client takes more than before. */
  ask(subscriptionBegins = false): void {
    this.#mayWait = true;
    this.#subscribedMs = subscriptionBegins ? performance.now() : this.#subscribedMs;
    this.#proceed();
  }

  /** The client is done with a message. @returns false for one that it does not have, or not any more */
  settle(lockToken: Buffer, outcome: SettlementOutcome): boolean {
    if (this.#ended !== undefined || !this.#sent.delete(lockToken)) {
      return false;
    }
    this.#settlements.add({ lockToken, outcome });
    return true;
  }

  /** The lock is over, whatever the client does: the message waits again. */
  forget(lockToken: Buffer): void {
    if (this.#sent.delete(lockToken)) {
      this.ask();
    }
  }

  /**
   * The client gets nothing more. Resolves when what it has not settled waits for its next connection, or the queue
   * did not answer: then that connection takes it over.
   */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Resolves when nothing is being asked for. */
  idle(): Promise<void> {
    return this.#work ?? Promise.resolve();
  }

  /** Lock tokens of what the client has and has not settled, or not with an answer. */
  get #held(): readonly Buffer[] {
    return [...this.#sent, ...this.#settlements.pending.map(({ lockToken }) => lockToken)];
  }

  /** Those that it holds are all named in each call. */
  get #room(): number {
    const unsettled = this.#sent.size + this.#settlements.pending.length;
    return Math.min(this.options.room(unsettled), azureLimits.queuedMessagesMax - unsettled);
  }

  #proceed(): void {
    if (this.#work === undefined && this.#nextStep() !== undefined) {
      this.#work = this.#run();
    }
  }

  async #run(): Promise<void> {
    for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) {
      if (!(await step())) {
        await this.#pauses.next();
      }
    }
    this.#work = undefined;
  }

  /** @returns what to do; it says whether to go on without a pause */
  #nextStep(): (() => Promise<boolean>) | undefined {
    if (this.#ended !== undefined) {
      return undefined;
    }
    if (this.#holdsUnsent) {
      return () => this.#giveBack();
    }
    return this.#mayWait && this.#room > 0 ? () => this.#lock() : undefined;
  }

  async #lock(): Promise<boolean> {
    const subscribedMs = this.#subscribedMs;
    const wish = { limit: this.#room, held: this.#held, subscribedMs };
    // Whoever says from now on that messages wait may mean some that this call does not find.
    this.#mayWait = false;
    this.#subscribedMs = undefined;
    const locked = await this.#ask(wish);
    if (locked === undefined) {
      this.#mayWait = true;
      this.#subscribedMs ??= subscribedMs;
      // It may be the answer alone that was lost.
      this.#holdsUnsent = true;
      return false;
    }
    this.#mayWait ||= locked.moreWait;
    const areSent = this.#deliver(locked.messages);
    // Somebody else has what comes next, for a moment.
    const isHeldUp = locked.moreWait && locked.messages.length === 0;
    if (areSent && !isHeldUp) {
      this.#pauses.succeeded();
    }
    return areSent && !isHeldUp;
  }

  /** @returns undefined when there was no answer */
  async #ask(wish: LockWish): Promise<LockedMessages | undefined> {
    const { messages, receiver, onAnswered, onFailed } = this.options;
    try {
      const locked = await messages.lock(receiver, wish);
      onAnswered();
      return locked;
    } catch (error) {
      onFailed(error);
      return undefined;
    }
  }

  /** @returns false when the client was not sent all of them */
  #deliver(messages: readonly LockedMessage[]): boolean {
    for (const message of messages) {
      // Of one that has expired the service tells its sender.
      if (this.#ended !== undefined || isExpired(message, this.options.now())) {
        this.#holdsUnsent = true;
      } else if (this.#room <= 0 || !this.#send(message)) {
        this.#holdsUnsent = true;
        return false;
      }
    }
    return !this.#holdsUnsent;
  }

  #send(message: LockedMessage): boolean {
    const { lockToken } = message;
    switch (this.#tryToDeliver(message)) {
      case 'sent':
        this.#sent.add(lockToken);
        return true;
      case 'completed':
        this.#settlements.add({ lockToken, outcome: 'complete' });
        return true;
      case 'undeliverable':
        this.#settlements.add({ lockToken, outcome: 'reject' });
        return true;
      case 'refused':
        return false;
      case undefined:
        // Another gateway may do better; after some deliveries in vain the message ends, and others have their turn.
        this.#settlements.add({ lockToken, outcome: 'abandon' });
        return false;
    }
  }

  /** @returns undefined by a fault of ours, which ends neither the process nor the connection */
  #tryToDeliver(message: LockedMessage): Delivery | undefined {
    try {
      return this.options.deliver(message);
    } catch (error) {
      this.options.onFailed(error);
      return undefined;
    }
  }

  /** What the client has, and what it has settled, stays as it is. */
  async #giveBack(): Promise<boolean> {
    const isDone = await this.#release({ counted: [], kept: this.#held });
    this.#holdsUnsent &&= !isDone;
    this.#mayWait ||= isDone;
    return isDone;
  }

  /** @returns whether it was answered */
  async #release(release: Release): Promise<boolean> {
    const { messages, receiver, onAnswered, onFailed } = this.options;
    try {
      await messages.release(receiver, release);
      onAnswered();
      return true;
    } catch (error) {
      onFailed(error);
      return false;
    }
  }

  /** What is on its way to the queue comes to its end first, or it would find its locks given back. */
  async #end(): Promise<void> {
    this.#pauses.end();
    this.#settlements.end();
    await Promise.all([this.#work, this.#settlements.idle()]);
    if (this.#sent.size > 0 || this.#holdsUnsent || this.#settlements.hasFailed) {
      // What the client was not sent, or has settled without the queue's knowing, was not delivered in vain.
      const counted = this.options.countsAtEnd ? [...this.#sent] : [];
      await this.#release({ counted, kept: [] });
    }
    this.#sent.clear();
  }
}

function isExpired({ expiresAt }: LockedMessage, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

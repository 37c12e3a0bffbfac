import { azureLimits, HubError, identityKey } from '@linchpin/wire';
import type {
  DeviceMessages,
  LockedMessage,
  LockedMessages,
  LockWish,
  MessageReceiver,
  Release,
  Settlement,
} from './device-messages.js';

interface QueuedMessage {
  readonly message: Omit<LockedMessage, 'lockToken'>;
  lock: { readonly token: Buffer; readonly sequence: string } | undefined;
  deliveryCount: number;
}

/** Queues in memory. Locks never run out. */
export class FakeDeviceMessages implements DeviceMessages {
  readonly #queues = new Map<string, QueuedMessage[]>();
  #locks = 0;
  #sent = 0;
  /** What was asked for, in order, such as `lock 16`, `settle complete reject` or `release`. */
  readonly calls: string[] = [];
  /** What each call waits for before it is carried out. */
  gate: Promise<void> = Promise.resolve();
  /** Instead of an answer; the call is carried out all the same when `losesAnswers`. */
  failure: Error | undefined;
  losesAnswers = false;
  /** Of one answer. */
  answerMax = 50;

  /** @param key of `h/d1`, for instance */
  send(key: string, body: string, message: Partial<LockedMessage> = {}): void {
    const properties = { properties: [] };
    const facts = {
      sequenceNumber: BigInt((this.#sent += 1)),
      enqueuedTime: new Date(0),
      deliveryCount: 0,
    };
    const whole = {
      ...facts,
      expiresAt: undefined,
      properties,
      ...message,
      body: Buffer.from(body),
    };
    this.#of(key).push({ message: whole, lock: undefined, deliveryCount: 0 });
  }

  /** The bodies that wait or are locked, and how often each was given back. */
  left(key: string): string[] {
    return this.#of(key).map(({ message, lock, deliveryCount }) => {
      const state = lock === undefined ? '' : ' locked';
      return `${message.body.toString()} ${deliveryCount}${state}`;
    });
  }

  async lock(receiver: MessageReceiver, wish: LockWish): Promise<LockedMessages> {
    const begins = wish.subscriptionBegins ? ' begins' : '';
    await this.#begin(`lock ${wish.limit}${begins}`);
    if (wish.limit > azureLimits.queuedMessagesMax) {
      throw new HubError('ArgumentInvalid', 'No more are locked at once.');
    }
    const { sequence } = receiver;
    const free = this.#of(keyOf(receiver)).filter(
      ({ lock }) => lock === undefined || lock.sequence < sequence,
    );
    const given = free.slice(0, Math.min(wish.limit, this.answerMax));
    const messages = given.map((queued) => {
      const lockToken = Buffer.alloc(16);
      lockToken.writeUInt32BE((this.#locks += 1));
      queued.lock = { token: lockToken, sequence };
      return { ...queued.message, lockToken };
    });
    this.#answer();
    return { messages, moreWait: free.length > given.length };
  }

  async settle(receiver: MessageReceiver, settlements: readonly Settlement[]): Promise<boolean[]> {
    await this.#begin(`settle ${settlements.map(({ outcome }) => outcome).join(' ')}`);
    const queue = this.#of(keyOf(receiver));
    const settled = settlements.map(({ lockToken, outcome }) => {
      const index = queue.findIndex(({ lock }) => lock?.token.equals(lockToken) === true);
      const queued = queue[index];
      if (queued !== undefined && outcome === 'abandon') {
        giveBack(queued, true);
      } else if (queued !== undefined) {
        queue.splice(index, 1);
      }
      return queued !== undefined;
    });
    this.#answer();
    return settled;
  }

  async release(receiver: MessageReceiver, { counts, kept }: Release): Promise<void> {
    const but = kept.length === 0 ? '' : ` but ${kept.length}`;
    await this.#begin(`${counts ? 'release counts' : 'release'}${but}`);
    for (const queued of this.#of(keyOf(receiver))) {
      const { lock } = queued;
      const isKept = kept.some((token) => lock?.token.equals(token) === true);
      if (lock?.sequence === receiver.sequence && !isKept) {
        giveBack(queued, counts);
      }
    }
    this.#answer();
  }

  #of(key: string): QueuedMessage[] {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }

  async #begin(call: string): Promise<void> {
    this.calls.push(call);
    await this.gate;
    if (this.failure !== undefined && !this.losesAnswers) {
      throw this.failure;
    }
  }

  #answer(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

function giveBack(queued: QueuedMessage, counts: boolean): void {
  queued.lock = undefined;
  queued.deliveryCount += counts ? 1 : 0;
}

function keyOf({ session }: MessageReceiver): string {
  return identityKey(session.grant.hub, session.identity);
}

import { azureLimits, HubError, identityKey } from '@linchpin/wire';
import type {
  ConnectedReceiver,
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
  lockToken: Buffer | undefined;
  /** The last about it. */
  call: NumberedCall | undefined;
  deliveryCount: number;
}

interface NumberedCall {
  /** Undefined for a receiver without a connection. */
  readonly sequence: string | undefined;
  readonly number: number;
}

/** Queues in memory. Locks run out when a test says so. */
export class FakeDeviceMessages implements DeviceMessages {
  readonly #queues = new Map<string, QueuedMessage[]>();
  #locks = 0;
  #sent = 0;
  /** What was asked for, in order, such as `lock 16`, `settle complete reject` or `release counts 2`. */
  readonly calls: string[] = [];
  /** As each `lock` says it. */
  readonly subscriptionsMs: (number | undefined)[] = [];
  /** What each call waits for before it is carried out. */
  gate: Promise<void> = Promise.resolve();
  /** Instead of an answer; the call is carried out all the same when `losesAnswers`, or late. */
  failure: Error | undefined;
  losesAnswers = false;
  late: Promise<void> | undefined;
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
    this.#of(key).push({ message: whole, lockToken: undefined, call: undefined, deliveryCount: 0 });
  }

  /** The bodies that wait or are locked, and how often each was given back. */
  left(key: string): string[] {
    return this.#of(key).map(({ message, lockToken, deliveryCount }) => {
      const state = lockToken === undefined ? '' : ' locked';
      return `${message.body.toString()} ${deliveryCount}${state}`;
    });
  }

  /** A minute has passed. */
  loseLocks(key: string): void {
    for (const queued of this.#of(key)) {
      queued.lockToken = undefined;
    }
  }

  lock(receiver: MessageReceiver, wish: LockWish): Promise<LockedMessages> {
    const begins = wish.subscribedMs === undefined ? '' : ' begins';
    const seconds = wish.lockSeconds === undefined ? '' : ` for ${wish.lockSeconds} s`;
    this.subscriptionsMs.push(wish.subscribedMs);
    return this.#call(`lock ${wish.limit}${begins}${seconds}`, (number) => {
      if (wish.limit > azureLimits.queuedMessagesMax) {
        throw new HubError('ArgumentInvalid', 'No more are locked at once.');
      }
      const call = { sequence: receiver.connection?.sequence, number };
      const free = this.#of(keyOf(receiver)).filter((queued) => isFree(queued, call, wish.held));
      const given = free.slice(0, Math.min(wish.limit, this.answerMax));
      const messages = given.map((queued) => {
        const lockToken = Buffer.alloc(16);
        lockToken.writeUInt32BE((this.#locks += 1));
        Object.assign(queued, { lockToken, call });
        return { ...queued.message, lockToken };
      });
      return { messages, moreWait: free.length > given.length };
    });
  }

  settle(receiver: MessageReceiver, settlements: readonly Settlement[]): Promise<boolean[]> {
    return this.#call(`settle ${settlements.map(({ outcome }) => outcome).join(' ')}`, () => {
      const queue = this.#of(keyOf(receiver));
      return settlements.map(({ lockToken, outcome }) => {
        const index = queue.findIndex((queued) => queued.lockToken?.equals(lockToken) === true);
        const queued = queue[index];
        if (queued !== undefined && outcome === 'abandon') {
          giveBack(queued, true);
        } else if (queued !== undefined) {
          queue.splice(index, 1);
        }
        return queued !== undefined;
      });
    });
  }

  release(receiver: ConnectedReceiver, { counted, kept }: Release): Promise<void> {
    const but = kept.length === 0 ? '' : ` but ${kept.length}`;
    const counts = counted.length === 0 ? '' : ` counts ${counted.length}`;
    return this.#call(`release${counts}${but}`, (number) => {
      const { sequence } = receiver.connection;
      for (const queued of this.#of(keyOf(receiver))) {
        const { lockToken, call } = queued;
        const isTheirs = call?.sequence === sequence && call.number <= number;
        if (isTheirs && lockToken !== undefined && !includes(kept, lockToken)) {
          giveBack(queued, includes(counted, lockToken));
          queued.call = { sequence, number };
        }
      }
    });
  }

  #of(key: string): QueuedMessage[] {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }

  async #call<Answer>(call: string, carryOut: (number: number) => Answer): Promise<Answer> {
    const { late } = this;
    const number = this.calls.push(call);
    await this.gate;
    if (late !== undefined) {
      void late.then(() => carryOut(number));
    }
    if (this.failure !== undefined && !this.losesAnswers) {
      throw this.failure;
    }
    const answer = carryOut(number);
    if (this.failure !== undefined) {
      throw this.failure;
    }
    return answer;
  }
}

/** As the queues' own statement says it. */
function isFree(
  { lockToken, call }: QueuedMessage,
  asked: NumberedCall,
  held: readonly Buffer[],
): boolean {
  if (asked.sequence === undefined || call?.sequence === undefined) {
    return lockToken === undefined;
  }
  if (lockToken === undefined) {
    return call.sequence !== asked.sequence || call.number < asked.number;
  }
  const isEarlier =
    call.sequence < asked.sequence ||
    (call.sequence === asked.sequence && call.number < asked.number);
  return isEarlier && !includes(held, lockToken);
}

function giveBack(queued: QueuedMessage, counts: boolean): void {
  queued.lockToken = undefined;
  queued.deliveryCount += counts ? 1 : 0;
}

function includes(lockTokens: readonly Buffer[], lockToken: Buffer): boolean {
  return lockTokens.some((each) => each.equals(lockToken));
}

function keyOf({ session }: MessageReceiver): string {
  return identityKey(session.grant.hub, session.identity);
}

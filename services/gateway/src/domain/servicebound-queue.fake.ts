import { HubError, type HubId } from '@linchpin/wire';
import type {
  ReceivedServicebound,
  ServiceboundMessage,
  ServiceboundOutcome,
  ServiceboundQueue,
} from './servicebound-queue.js';

export function fakeServiceboundMessage(number: number): ServiceboundMessage {
  return {
    lockToken: Buffer.alloc(16, number),
    sequenceNumber: BigInt(number),
    enqueuedTime: new Date('2026-01-31T10:11:27.000Z'),
    deliveryCount: 0,
  };
}

/** Messages that a test puts there, and what was said of them. */
export class FakeServiceboundQueue<
  Message extends ServiceboundMessage,
> implements ServiceboundQueue<Message> {
  readonly waiting: Message[] = [];
  readonly settled: string[] = [];
  /** Those that may be settled. */
  readonly #locked = new Map<string, Message>();
  looks = 0;
  nextDueMs: number | undefined;
  failure: HubError | undefined;
  /** What fails is settled all the same. */
  losesAnswers = false;

  put(...messages: readonly Message[]): void {
    this.waiting.push(...messages);
  }

  receive(): Promise<ReceivedServicebound<Message>> {
    this.looks += 1;
    if (this.failure !== undefined) {
      return Promise.reject(this.failure);
    }
    const message = this.waiting.shift();
    if (message !== undefined) {
      this.#locked.set(message.lockToken.toString('hex'), message);
    }
    return Promise.resolve({ message, nextDueMs: this.nextDueMs });
  }

  /** The locks of all are over. */
  loseLocks(): void {
    this.#locked.clear();
  }

  async settle(_hub: HubId, lockToken: Buffer, outcome: ServiceboundOutcome): Promise<void> {
    if (this.failure === undefined || this.losesAnswers) {
      await this.#settle(lockToken, outcome);
    }
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  #settle(lockToken: Buffer, outcome: ServiceboundOutcome): Promise<void> {
    const key = lockToken.toString('hex');
    const message = this.#locked.get(key);
    if (message === undefined) {
      return Promise.reject(new HubError('DeviceMessageLockLost', 'The lock is over.'));
    }
    this.#locked.delete(key);
    this.settled.push(`${message.sequenceNumber} ${outcome}`);
    if (outcome === 'abandon') {
      this.waiting.push({ ...message, deliveryCount: message.deliveryCount + 1 });
    }
    return Promise.resolve();
  }
}

import { HubError, type FeedbackRecord, type HubId } from '@linchpin/wire';
import type { Feedback, FeedbackBatch, ReceivedFeedback } from './feedback.js';

export const fakeRecord: FeedbackRecord = {
  originalMessageId: 'm1',
  enqueuedTime: new Date('2026-01-31T10:11:12.123Z'),
  status: 'Success',
  deviceId: 'd1',
  moduleId: undefined,
  deviceGenerationId: '638900000000000001',
};

/** Batches that a test puts there, and what was said of them. */
export class FakeFeedback implements Feedback {
  readonly waiting: FeedbackBatch[] = [];
  readonly settled: string[] = [];
  /** Those that may be settled. */
  readonly #locked = new Map<string, FeedbackBatch>();
  looks = 0;
  nextDueMs: number | undefined;
  failure: HubError | undefined;
  /** What fails is settled all the same. */
  losesAnswers = false;

  put(number: number, records: readonly FeedbackRecord[] = [fakeRecord]): void {
    this.waiting.push({
      lockToken: Buffer.alloc(16, number),
      sequenceNumber: BigInt(number),
      enqueuedTime: new Date('2026-01-31T10:11:27.000Z'),
      deliveryCount: 0,
      records,
    });
  }

  receive(): Promise<ReceivedFeedback> {
    this.looks += 1;
    if (this.failure !== undefined) {
      return Promise.reject(this.failure);
    }
    const batch = this.waiting.shift();
    if (batch !== undefined) {
      this.#locked.set(batch.lockToken.toString('hex'), batch);
    }
    return Promise.resolve({ batch, nextDueMs: this.nextDueMs });
  }

  /** The locks of all are over. */
  loseLocks(): void {
    this.#locked.clear();
  }

  async settle(_hub: HubId, lockToken: Buffer, outcome: 'complete' | 'abandon'): Promise<void> {
    if (this.failure === undefined || this.losesAnswers) {
      await this.#settle(lockToken, outcome);
    }
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  #settle(lockToken: Buffer, outcome: 'complete' | 'abandon'): Promise<void> {
    const key = lockToken.toString('hex');
    const batch = this.#locked.get(key);
    if (batch === undefined) {
      return Promise.reject(new HubError('DeviceMessageLockLost', 'The lock is over.'));
    }
    this.#locked.delete(key);
    this.settled.push(`${batch.sequenceNumber} ${outcome}`);
    if (outcome === 'abandon') {
      this.waiting.push({ ...batch, deliveryCount: batch.deliveryCount + 1 });
    }
    return Promise.resolve();
  }
}

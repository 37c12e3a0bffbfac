import type { FeedbackRecord, HubId } from '@linchpin/wire';

export interface FeedbackBatch {
  /** 16 bytes. */
  readonly lockToken: Buffer;
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  /** How often it was given back. */
  readonly deliveryCount: number;
  /** In the order of their ends. */
  readonly records: readonly FeedbackRecord[];
}

export interface ReceivedFeedback {
  /** Undefined when none is due. */
  readonly batch: FeedbackBatch | undefined;
  /** With none due: how long it takes until the first is; undefined when nothing waits. */
  readonly nextDueMs: number | undefined;
}

/** How messages ended whose senders asked to hear of it (amqp.md section 8.2). Every method throws HubError. */
export interface Feedback {
  /** Locks the oldest batch that is due. */
  receive(hub: HubId): Promise<ReceivedFeedback>;
  /** @throws HubError DeviceMessageLockLost when its lock is over */
  settle(hub: HubId, lockToken: Buffer, outcome: 'complete' | 'abandon'): Promise<void>;
}

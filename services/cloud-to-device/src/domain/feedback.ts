import type { FeedbackRecord, HubId } from '@linchpin/wire';

export interface FeedbackBatch {
  /** 16 bytes. */
  readonly lockToken: Buffer;
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  readonly deliveryCount: number;
  /** In the order of their ends. */
  readonly records: readonly FeedbackRecord[];
}

export interface FeedbackQueue {
  /** Locks the oldest batch that is due; undefined when none is. */
  receive(hub: HubId): Promise<FeedbackBatch | undefined>;
  /**
   * How long it takes until the first of those that wait, or that somebody has, is due; undefined when there is none.
   * It may be due by now.
   */
  nextDueMs(hub: HubId): Promise<number | undefined>;
  /** @returns false when the lock was lost */
  complete(hub: HubId, lockToken: Buffer): Promise<boolean>;
  /** It waits again, or is dropped when it was given back too often. @returns false when the lock was lost */
  abandon(hub: HubId, lockToken: Buffer): Promise<boolean>;
  /** Removes some whose time is over. @returns whether there may be more */
  expireSome(): Promise<boolean>;
}

import type { FeedbackRecord, HubId } from '@linchpin/wire';

export interface FeedbackBatch {
  /** 16 bytes. */
  readonly lockToken: Uint8Array;
  readonly records: readonly FeedbackRecord[];
}

/** How messages ended whose senders asked to hear of it (service-rest.md section 13.2). */
export interface Feedback {
  /** Locks the oldest batch; undefined when none is due. */
  receive(hub: HubId): Promise<FeedbackBatch | undefined>;
  /** @throws HubError DeviceMessageLockLost when its lock is over */
  settle(hub: HubId, lockToken: Uint8Array, outcome: 'complete' | 'abandon'): Promise<void>;
}

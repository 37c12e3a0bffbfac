import type { FeedbackRecord } from '@linchpin/wire';
import type { ServiceboundMessage, ServiceboundQueue } from './servicebound-queue.js';

export interface FeedbackBatch extends ServiceboundMessage {
  /** In the order of their ends. */
  readonly records: readonly FeedbackRecord[];
}

/** How messages ended whose senders asked to hear of it (amqp.md section 8.2). */
export type Feedback = ServiceboundQueue<FeedbackBatch>;

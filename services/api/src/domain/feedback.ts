import type { FeedbackRecord } from '@linchpin/wire';
import type { ServiceboundMessage, ServiceboundQueue } from './servicebound-queue.js';

export interface FeedbackBatch extends ServiceboundMessage {
  readonly records: readonly FeedbackRecord[];
}

/** How messages ended whose senders asked to hear of it (service-rest.md section 13.2). */
export type Feedback = ServiceboundQueue<FeedbackBatch>;

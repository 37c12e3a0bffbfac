/** How messages to devices ended whose senders asked to hear of it (amqp.md section 8.2). */
import type { DeviceIdentityId } from './identity-id.js';

/** The words of the wire. */
export type FeedbackStatus =
  'Success' | 'Expired' | 'DeliveryCountExceeded' | 'Rejected' | 'Purged';

export interface FeedbackRecord extends DeviceIdentityId {
  /** Empty when the sender gave none. */
  readonly originalMessageId: string;
  /** When the message came to its end. */
  readonly enqueuedTime: Date;
  readonly status: FeedbackStatus;
  readonly deviceGenerationId: string;
}

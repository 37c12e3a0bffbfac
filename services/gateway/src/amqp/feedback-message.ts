/** A batch of feedback, as AMQP carries it (amqp.md section 8.2). */
import { encodeMessage } from '@linchpin/amqp';
import { formatFeedbackRecord } from '@linchpin/wire/json';
import type { FeedbackBatch } from '../domain/feedback.js';
import { lockAnnotations } from './lock-annotations.js';

export function encodeFeedbackMessage(batch: FeedbackBatch, hub: string): Buffer {
  const { sequenceNumber, records } = batch;
  return encodeMessage({
    messageAnnotations: lockAnnotations(batch),
    properties: {
      // The same when it comes again.
      messageId: `feedback-${sequenceNumber}`,
      userId: Buffer.from(hub),
      to: '/messages/serviceBound/feedback',
      contentType: 'application/vnd.microsoft.iothub.feedback.json',
    },
    body: {
      type: 'data',
      sections: [Buffer.from(JSON.stringify(records.map(formatFeedbackRecord)))],
    },
  });
}

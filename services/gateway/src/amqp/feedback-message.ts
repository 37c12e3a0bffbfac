/** A batch of feedback, as AMQP carries it (amqp.md section 8.2). */
import { encodeMessage, timestamp, ubyte, ulong, type AmqpValue } from '@linchpin/amqp';
import { formatLockToken } from '@linchpin/wire';
import { formatFeedbackRecord } from '@linchpin/wire/json';
import type { FeedbackBatch } from '../domain/feedback.js';

export function encodeFeedbackMessage(
  { lockToken, sequenceNumber, enqueuedTime, deliveryCount, records }: FeedbackBatch,
  hub: string,
): Buffer {
  return encodeMessage({
    messageAnnotations: new Map<string, AmqpValue>([
      ['iothub-enqueuedtime', timestamp(enqueuedTime.getTime())],
      ['iothub-deliverycount', ubyte(Math.min(deliveryCount, 255))],
      ['x-opt-sequence-number', ulong(sequenceNumber)],
      ['x-opt-lock-token', formatLockToken(lockToken)],
    ]),
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

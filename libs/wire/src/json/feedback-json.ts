/** Feedback as back ends read it, over AMQP and HTTPS alike (amqp.md section 8.2). */
import { formatIsoTime } from '../dotnet-time.js';
import type { FeedbackRecord } from '../feedback.js';

/** One record of the array; `moduleId` is ours: Azure tells of devices alone. */
export function formatFeedbackRecord(record: FeedbackRecord): object {
  const { originalMessageId, enqueuedTime, status, deviceId, moduleId } = record;
  return {
    originalMessageId,
    enqueuedTimeUtc: formatIsoTime(enqueuedTime),
    statusCode: status,
    // The C SDK reads the status here.
    description: status,
    deviceId,
    ...(moduleId !== undefined && { moduleId }),
    deviceGenerationId: record.deviceGenerationId,
  };
}

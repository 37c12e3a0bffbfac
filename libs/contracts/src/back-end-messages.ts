/** What back ends send to devices, and hear of that and of files, between contracts and the words of services. */
import assert from 'node:assert';
import type {
  CloudToDeviceMessage,
  DeviceIdentityId,
  FeedbackRecord,
  FileNotification,
  HubId,
} from '@linchpin/wire';
import { acknowledgementMessages, feedbackStatusMessages, wordOf } from './enum-names.js';
import type { SendMessageRequest } from './gen/linchpin/cloud_to_device/v1/cloud_to_device_messages.js';
import type { FeedbackRecord as FeedbackRecordMessage } from './gen/linchpin/cloud_to_device/v1/feedback.js';
import type { FileNotification as FileNotificationMessage } from './gen/linchpin/file_upload/v1/file_notifications.js';
import { encodeMessageContent } from './records/message-content.js';

export function toSendMessageRequest(
  { hub, hubGeneration }: HubId,
  { deviceId, moduleId }: DeviceIdentityId,
  message: CloudToDeviceMessage,
): SendMessageRequest {
  const { messageId = '', ack = 'none', expiryTime } = message;
  return {
    ...{ hub, hubGeneration, deviceId, moduleId, messageId, expiryTime },
    ack: acknowledgementMessages[ack],
    content: encodeMessageContent(message),
  };
}

/** @throws AssertionError for one that is not of the contract */
export function toFeedbackRecord(message: FeedbackRecordMessage): FeedbackRecord {
  const { originalMessageId, enqueuedTime, deviceId, moduleId, deviceGenerationId } = message;
  const status = wordOf(feedbackStatusMessages, message.status);
  assert(enqueuedTime !== undefined && status !== undefined, 'a record tells when and how');
  return { originalMessageId, deviceId, moduleId, deviceGenerationId, enqueuedTime, status };
}

/** @throws AssertionError for one that is not of the contract */
export function toFileNotification(message: FileNotificationMessage): FileNotification {
  const { deviceId, blobUri, blobName, lastUpdatedTime, enqueuedTime } = message;
  assert(lastUpdatedTime !== undefined && enqueuedTime !== undefined, 'a notification tells when');
  const blobSizeBytes = Number(message.blobSizeBytes);
  return { deviceId, blobUri, blobName, lastUpdatedTime, blobSizeBytes, enqueuedTime };
}

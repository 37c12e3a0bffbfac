export {
  parseAmqpAddress,
  type AmqpAddress,
  type DeviceChannel,
  type EventHubAddress,
  type ServiceChannel,
} from './amqp-address.js';
export { isApiVersion, oldestApiVersion } from './api-version.js';
export { errorTable, isHubErrorCode, type HubErrorCode } from './error-table.js';
export { HubError, type HubErrorDetails } from './hub-error.js';
export {
  dotnetTicks,
  formatIsoTime,
  parseIsoTime,
  ticksToFileTime,
  neverTime,
} from './dotnet-time.js';
export { errorReport, formatTrackingId, legacyErrorBody, nestedErrorBody } from './error-body.js';
export type {
  Authentication,
  AuthenticationType,
  ConnectionState,
  Identity,
  IdentityDefinition,
  IdentityStatus,
} from './identity.js';
export type { ConnectionStateCause, EndCause } from './connection-state-cause.js';
export { isDnsName, normalizeHostName } from './host-name.js';
export type { HubCounts } from './hub-counts.js';
export {
  checkCloudToDeviceMessage,
  checkMessageId,
  countedBytes,
  formatDeviceBoundAddress,
  type Acknowledgement,
  type CloudToDeviceMessage,
  type GivenMessage,
} from './cloud-to-device-message.js';
export { eventFilterName, parseEventFilter, type EventPosition } from './event-position.js';
export type { FeedbackRecord, FeedbackStatus } from './feedback.js';
export type { FileNotification } from './file-notification.js';
export { formatLockToken, parseLockToken } from './lock-token.js';
export { formatHubId, validateGeneration, type HubId } from './hub-id.js';
export {
  isBasicTier,
  isSkuName,
  readHubLimits,
  skuNames,
  type HubLimits,
  type SkuName,
  unitsMax,
} from './hub-limits.js';
export type { HubState } from './hub-state.js';
export { formatEtag, parseIfMatch, requireIfMatch } from './if-match.js';
export type { JobStatus, JobWork } from './identity-job.js';
export { hasTwinContent, type BulkAction, type BulkChange } from './import-modes.js';
export {
  formatIdentityId,
  identityKey,
  parseIdentityId,
  validateDeviceId,
  validateModuleId,
  type DeviceIdentityId,
} from './identity-id.js';
export type { KeySide } from './key-side.js';
export { azureLimits } from './limits.js';
export {
  applicationHeaderPrefix,
  formatHeaderValue,
  isHeaderName,
  isHeaderText,
  readMessageHeaders,
  type MessageHeaders,
  type ReadHeaderValue,
} from './message-headers.js';
export { parseMqttUsername } from './mqtt-username.js';
export {
  defaultConsumerGroup,
  isDefaultConsumerGroup,
  validateCertificateName,
  validateConsumerGroupName,
  validateHubName,
  validatePolicyName,
} from './names.js';
export { percentDecode } from './percent-encoding.js';
export {
  dailyMessagesMax,
  dailyQuotaName,
  dailyQuotaOf,
  meterBytes,
  meterMessage,
  quotaDay,
} from './quotas.js';
export {
  formatConnectionAuthMethod,
  type AuthScope,
  type AuthType,
} from './connection-auth-method.js';
export { formatDeviceboundTopic, type DeviceboundProperties } from './mqtt-devicebound-topic.js';
export { PublishTopicParser, type PublishTopic } from './mqtt-publish-topic.js';
export { subscriptionSource, type SubscriptionSource } from './mqtt-subscription.js';
export { formatDesiredTopic, formatMethodTopic, formatTwinResponseTopic } from './mqtt-topics.js';
export { decodePropertyBag } from './property-bag.js';
export {
  hubProperties,
  isHubProperty,
  isReservedInTelemetry,
  messageTypeProperty,
  retainProperty,
  toMessageProperties,
  type MessageProperties,
  type MessageProperty,
} from './system-properties.js';
export {
  throttleErrors,
  throttleName,
  throttleOf,
  type Throttle,
  type ThrottleClass,
  type ThrottleRefusal,
} from './throttles.js';
export { isHubOf, parseSaslIdentity, type SaslIdentity } from './sasl-identity.js';

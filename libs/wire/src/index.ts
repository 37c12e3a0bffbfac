export {
  ERROR_TABLE,
  findErrorCode,
  httpStatusOf,
  isHubErrorCode,
  type AmqpCondition,
  type ErrorRow,
  type GrpcStatusName,
  type HubErrorCode,
  type MqttAnswer,
} from './error-table.js';
export { HubError, type HubErrorDetails, type HubErrorOptions } from './hub-error.js';
export { dotnetTicks, formatIsoTime, NEVER, ticksToFileTime } from './dotnet-time.js';
export {
  errorReport,
  formatTrackingId,
  legacyErrorBody,
  nestedErrorBody,
  type ErrorBody,
  type ErrorOccurrence,
  type ErrorReport,
} from './error-body.js';

/** The words that services use, and Azure's JSON, for values of the contracts' enums. */
import { Acknowledgement } from './gen/linchpin/cloud_to_device/v1/cloud_to_device_messages.js';
import { FeedbackOutcome, FeedbackStatus } from './gen/linchpin/cloud_to_device/v1/feedback.js';
import { FileNotificationOutcome } from './gen/linchpin/file_upload/v1/file_notifications.js';
import { JobStatus } from './gen/linchpin/file_upload/v1/identity_jobs.js';
import { BulkAction, RegeneratedKeys } from './gen/linchpin/registry/v1/bulk.js';
import { HubState, KeySide } from './gen/linchpin/registry/v1/hub.js';
import { IpFilterAction } from './gen/linchpin/registry/v1/hub_settings.js';
import {
  AuthenticationType,
  ConnectionState,
  IdentityStatus,
} from './gen/linchpin/registry/v1/identity.js';
import { AuthenticationScope } from './gen/linchpin/registry/v1/registry.js';

export const acknowledgementMessages = {
  none: Acknowledgement.NONE,
  positive: Acknowledgement.POSITIVE,
  negative: Acknowledgement.NEGATIVE,
  full: Acknowledgement.FULL,
} as const;

export const feedbackStatusMessages = {
  Success: FeedbackStatus.SUCCESS,
  Expired: FeedbackStatus.EXPIRED,
  DeliveryCountExceeded: FeedbackStatus.DELIVERY_COUNT_EXCEEDED,
  Rejected: FeedbackStatus.REJECTED,
  Purged: FeedbackStatus.PURGED,
} as const;

export const feedbackOutcomeMessages = {
  complete: FeedbackOutcome.COMPLETE,
  abandon: FeedbackOutcome.ABANDON,
} as const;

export const fileNotificationOutcomeMessages = {
  complete: FileNotificationOutcome.COMPLETE,
  abandon: FileNotificationOutcome.ABANDON,
} as const;

export const authenticationTypeMessages = {
  sas: AuthenticationType.SAS,
  selfSigned: AuthenticationType.SELF_SIGNED,
  certificateAuthority: AuthenticationType.CERTIFICATE_AUTHORITY,
  none: AuthenticationType.NONE,
} as const;

export const identityStatusMessages = {
  enabled: IdentityStatus.ENABLED,
  disabled: IdentityStatus.DISABLED,
} as const;

export const connectionStateMessages = {
  Connected: ConnectionState.CONNECTED,
  Disconnected: ConnectionState.DISCONNECTED,
} as const;

export const bulkActionMessages = {
  create: BulkAction.CREATE,
  createOrUpdate: BulkAction.CREATE_OR_UPDATE,
  update: BulkAction.UPDATE,
  delete: BulkAction.DELETE,
} as const;

export const jobStatusMessages = {
  enqueued: JobStatus.ENQUEUED,
  running: JobStatus.RUNNING,
  completed: JobStatus.COMPLETED,
  failed: JobStatus.FAILED,
  cancelled: JobStatus.CANCELLED,
} as const;

export const ipFilterActionMessages = {
  Accept: IpFilterAction.ACCEPT,
  Reject: IpFilterAction.REJECT,
} as const;

export const authenticationScopeMessages = {
  device: AuthenticationScope.DEVICE,
  module: AuthenticationScope.MODULE,
  hub: AuthenticationScope.HUB,
} as const;

export const keySideMessages = {
  primary: KeySide.PRIMARY,
  secondary: KeySide.SECONDARY,
} as const;

export const regeneratedKeysMessages = {
  primary: RegeneratedKeys.PRIMARY,
  secondary: RegeneratedKeys.SECONDARY,
  both: RegeneratedKeys.BOTH,
} as const;

export const hubStateMessages = {
  activating: HubState.ACTIVATING,
  active: HubState.ACTIVE,
  deleting: HubState.DELETING,
} as const;

/** The word for a value that came; undefined for one that says nothing, or is of a newer contract. */
export function wordOf<Word extends string>(
  table: Readonly<Record<Word, number>>,
  value: number,
): Word | undefined {
  const words = Object.keys(table) as Word[];
  return words.find((word) => table[word] === value);
}

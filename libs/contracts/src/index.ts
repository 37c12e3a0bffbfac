export {
  acknowledgementMessages,
  authenticationScopeMessages,
  authenticationTypeMessages,
  connectionStateMessages,
  identityStatusMessages,
  bulkActionMessages,
  feedbackOutcomeMessages,
  feedbackStatusMessages,
  fileNotificationOutcomeMessages,
  hubStateMessages,
  ipFilterActionMessages,
  jobStatusMessages,
  keySideMessages,
  regeneratedKeysMessages,
  wordOf,
} from './enum-names.js';
export { toFeedbackRecord, toFileNotification, toSendMessageRequest } from './back-end-messages.js';
export { toBulkRow, toDefinitionMessage, toIdentity } from './identity-messages.js';
export {
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  parseConnectionStateEvent,
  type ConnectionStateEvent,
} from './records/connection-state-event.js';
export { decodeMessageContent, encodeMessageContent } from './records/message-content.js';
export { encodeTwinChange, type TwinChangeEvent } from './records/twin-change-event.js';
export { toJobWork, toWorkMessage } from './job-messages.js';
export { repeatableRpcs } from './repeatable-rpcs.js';
export { streamedRpcs } from './streamed-rpcs.js';
export {
  hubEventsTopic,
  registryChangesTopic,
  telemetryTopic,
  type TopicDefinition,
} from './topics.js';

export {
  Acknowledgement,
  CloudToDeviceMessagesClient,
  CloudToDeviceMessagesService,
  type CountMessagesRequest,
  type CountMessagesResponse,
  type MessageReceiver,
  type PurgeMessagesRequest,
  type PurgeMessagesResponse,
  type SendMessageRequest,
  type SendMessageResponse,
} from './gen/linchpin/cloud_to_device/v1/cloud_to_device_messages.js';
export {
  DeviceMessagesClient,
  DeviceMessagesService,
  SettlementOutcome,
  type LockedMessage,
  type LockMessagesRequest,
  type LockMessagesResponse,
  type ReceivingConnection,
  type ReleaseMessagesRequest,
  type ReleaseMessagesResponse,
  type Settlement,
  type SettleMessagesRequest,
  type SettleMessagesResponse,
} from './gen/linchpin/cloud_to_device/v1/device_messages.js';
export {
  DirectMethodsClient,
  DirectMethodsService,
  type InvokeMethodRequest,
  type InvokeMethodResponse,
} from './gen/linchpin/cloud_to_device/v1/direct_methods.js';
export {
  FeedbackClient,
  FeedbackOutcome,
  FeedbackService,
  FeedbackStatus,
  type FeedbackBatch,
  type FeedbackRecord,
  type ReceiveFeedbackRequest,
  type ReceiveFeedbackResponse,
  type SettleFeedbackRequest,
  type SettleFeedbackResponse,
} from './gen/linchpin/cloud_to_device/v1/feedback.js';
export {
  MessageContent,
  type ApplicationProperty,
} from './gen/linchpin/cloud_to_device/v1/message_content.js';
export type { Recipient } from './gen/linchpin/cloud_to_device/v1/recipient.js';
export {
  DownlinkClient,
  DownlinkService,
  type DeliverMethodRequest,
  type DeliverMethodResponse,
  type DesiredChange,
  type NotifyDesiredRequest,
  type NotifyDesiredResponse,
  type NotifyMessagesRequest,
  type NotifyMessagesResponse,
} from './gen/linchpin/gateway/v1/downlink.js';
export {
  GatewayClient,
  GatewayService,
  type DisconnectRequest,
  type DisconnectResponse,
  type EndReaderRequest,
  type EndReaderResponse,
} from './gen/linchpin/gateway/v1/gateway.js';
export {
  CallStreamService,
  type AnswerFrame,
  type Call,
  type CallFrame,
  type CarryRequest,
  type CarryResponse,
  type MetadataEntry,
} from './gen/linchpin/rpc/v1/call_stream.js';
export {
  QueryRowKind,
  TwinQueriesClient,
  TwinQueriesService,
  type RunQueryRequest,
  type RunQueryResponse,
} from './gen/linchpin/twin/v1/query.js';
export {
  DeviceTwinsClient,
  DeviceTwinsService,
  TwinsClient,
  TwinsService,
  TwinUpdateMode,
  type GetPropertiesRequest,
  type GetPropertiesResponse,
  type GetTwinRequest,
  type GetTwinResponse,
  type PatchReportedRequest,
  type PatchReportedResponse,
  type Twin,
  type UpdateTwinRequest,
  type UpdateTwinResponse,
} from './gen/linchpin/twin/v1/twin.js';
export type { TwinSubject } from './gen/linchpin/twin/v1/twin_subject.js';
export type { CloudToDeviceSettings } from './gen/linchpin/registry/v1/cloud_to_device_settings.js';
export type { ClientSource } from './gen/linchpin/registry/v1/client_source.js';
export {
  AuditLogClient,
  AuditLogService,
  type AddAuditEntryRequest,
  type AddAuditEntryResponse,
  type AuditEntry,
  type ListAuditEntriesRequest,
  type ListAuditEntriesResponse,
} from './gen/linchpin/registry/v1/audit.js';
export {
  BulkAction,
  BulkRegistryClient,
  BulkRegistryService,
  RegeneratedKeys,
  type ApplyRowsRequest,
  type ApplyRowsResponse,
  type BulkRow,
  type RegenerateKeysRequest,
  type RegenerateKeysResponse,
  type RegenerationResult,
  type RowFailure,
} from './gen/linchpin/registry/v1/bulk.js';
export {
  EdgeAccessClient,
  EdgeAccessService,
  type AuthorizeEdgeRequest,
  type AuthorizeEdgeResponse,
} from './gen/linchpin/registry/v1/edge.js';
export {
  CertificatesClient,
  CertificatesService,
  type Certificate,
  type DeleteCertificateRequest,
  type DeleteCertificateResponse,
  type GenerateVerificationCodeRequest,
  type GenerateVerificationCodeResponse,
  type GetCertificateRequest,
  type GetCertificateResponse,
  type ListCertificatesRequest,
  type ListCertificatesResponse,
  type PutCertificateRequest,
  type PutCertificateResponse,
  type VerifyCertificateRequest,
  type VerifyCertificateResponse,
} from './gen/linchpin/registry/v1/certificates.js';
export {
  ConsumerGroupsClient,
  ConsumerGroupsService,
  type CreateConsumerGroupRequest,
  type CreateConsumerGroupResponse,
  type DeleteConsumerGroupRequest,
  type DeleteConsumerGroupResponse,
  type ListConsumerGroupsRequest,
  type ListConsumerGroupsResponse,
} from './gen/linchpin/registry/v1/consumer_groups.js';
export {
  HubAdministrationClient,
  HubAdministrationService,
  HubState,
  KeySide,
  type CountHubsRequest,
  type CountHubsResponse,
  type CreateHubRequest,
  type CreateHubResponse,
  type DeleteHubRequest,
  type DeleteHubResponse,
  type GetHubRequest,
  type GetHubResponse,
  type Hub,
  type ListHubsRequest,
  type ListHubsResponse,
  type ListPoliciesRequest,
  type ListPoliciesResponse,
  type RegeneratePolicyKeyRequest,
  type RegeneratePolicyKeyResponse,
  type SharedAccessPolicy,
  type UpdateHubRequest,
  type UpdateHubResponse,
} from './gen/linchpin/registry/v1/hub.js';
export {
  AuthenticationType,
  ConnectionState,
  IdentityStatus,
  type Authentication,
  type Identity,
} from './gen/linchpin/registry/v1/identity.js';
export {
  IpFilterAction,
  type HubChanges,
  type HubSettings,
  type IpFilterRule,
} from './gen/linchpin/registry/v1/hub_settings.js';
export {
  RecipientsClient,
  RecipientsService,
  type GetRecipientRequest,
  type GetRecipientResponse,
} from './gen/linchpin/registry/v1/recipients.js';
export { RegistryChange, type HubUpdated } from './gen/linchpin/registry/v1/registry_change.js';
export {
  AuthenticationKind,
  AuthenticationScope,
  RegistryClient,
  RegistryService,
  type AuthenticateDeviceRequest,
  type AuthenticateDeviceResponse,
  type AuthorizeServiceRequest,
  type AuthorizeServiceResponse,
  type CreateIdentityRequest,
  type CreateIdentityResponse,
  type DeleteIdentityRequest,
  type DeleteIdentityResponse,
  type GetIdentityRequest,
  type GetIdentityResponse,
  type GetStatisticsRequest,
  type GetStatisticsResponse,
  type IdentityDefinition,
  type ListDevicesRequest,
  type ListDevicesResponse,
  type ListModulesRequest,
  type ListModulesResponse,
  type ResolveHubRequest,
  type ResolveHubResponse,
  type UpdateIdentityRequest,
  type UpdateIdentityResponse,
} from './gen/linchpin/registry/v1/registry.js';
export {
  IdentityPagesClient,
  IdentityPagesService,
  type CountIdentitiesRequest,
  type CountIdentitiesResponse,
  type GetHubGenerationRequest,
  type GetHubGenerationResponse,
  type ListIdentitiesRequest,
  type ListIdentitiesResponse,
} from './gen/linchpin/registry/v1/identity_pages.js';
export {
  FileNotificationOutcome,
  FileNotificationsClient,
  FileNotificationsService,
  type FileNotification,
  type ReceiveFileNotificationRequest,
  type ReceiveFileNotificationResponse,
  type SettleFileNotificationRequest,
  type SettleFileNotificationResponse,
} from './gen/linchpin/file_upload/v1/file_notifications.js';
export {
  FileUploadsClient,
  FileUploadsService,
  type CompleteUploadRequest,
  type CompleteUploadResponse,
  type StartUploadRequest,
  type StartUploadResponse,
  type UploadingDevice,
} from './gen/linchpin/file_upload/v1/file_uploads.js';
export {
  IdentityJobsClient,
  IdentityJobsService,
  JobStatus,
  type CancelJobRequest,
  type CancelJobResponse,
  type CreateJobRequest,
  type CreateJobResponse,
  type GetJobRequest,
  type GetJobResponse,
  type Job,
  type ListJobsRequest,
  type ListJobsResponse,
} from './gen/linchpin/file_upload/v1/identity_jobs.js';
export {
  UploadSettingsClient,
  UploadSettingsService,
  type FileNotificationSettings,
  type GetUploadSettingsRequest,
  type GetUploadSettingsResponse,
  type UploadStorage,
} from './gen/linchpin/registry/v1/upload_settings.js';

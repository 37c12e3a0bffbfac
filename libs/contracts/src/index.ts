export {
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  parseConnectionStateEvent,
  type ConnectionStateCause,
  type ConnectionStateEvent,
} from './records/connection-state-event.js';
export {
  hubEventsTopic,
  registryChangesTopic,
  telemetryTopic,
  type TelemetryTopicSpec,
  type TopicDefinition,
} from './topics.js';

export {
  DisconnectCause,
  GatewayClient,
  GatewayService,
  type DisconnectRequest,
  type DisconnectResponse,
} from './gen/linchpin/gateway/v1/gateway.js';
export {
  AuditLogClient,
  AuditLogService,
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
  type RowResult,
} from './gen/linchpin/registry/v1/bulk.js';
export {
  HubAdministrationClient,
  HubAdministrationService,
  HubState,
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
  type SharedAccessPolicy,
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
  type HubLimits,
  type IpFilterRule,
} from './gen/linchpin/registry/v1/hub_settings.js';
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

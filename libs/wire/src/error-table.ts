/**
 * Every error code of Azure IoT Hub (service-rest.md section 15) and what each protocol makes of it.
 * The names double as values of the header `iothub-errorcode`. AMQP conditions: amqp.md section 11;
 * MQTT: device-mqtt.md sections 2.9 and 9.2; gRPC is only between our own services.
 */

export interface ErrorRow {
  /** Azure's six digits; the first three are the HTTP status. */
  readonly number: number;
  readonly grpc: GrpcStatusName;
  readonly amqp: AmqpCondition;
  readonly mqtt: MqttAnswer;
}

/** As named by gRPC; the code itself travels beside it in metadata, for gRPC's statuses are coarser. */
type GrpcStatusName =
  | 'ABORTED'
  | 'ALREADY_EXISTS'
  | 'CANCELLED'
  | 'DEADLINE_EXCEEDED'
  | 'FAILED_PRECONDITION'
  | 'INTERNAL'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED';

type AmqpCondition =
  | 'amqp:internal-error'
  | 'amqp:link:message-size-exceeded'
  | 'amqp:not-allowed'
  | 'amqp:not-found'
  | 'amqp:not-implemented'
  | 'amqp:resource-limit-exceeded'
  | 'amqp:unauthorized-access'
  | 'com.microsoft:argument-error'
  | 'com.microsoft:device-already-exists'
  | 'com.microsoft:device-container-throttled'
  | 'com.microsoft:iot-hub-not-found-error'
  | 'com.microsoft:iot-hub-suspended'
  | 'com.microsoft:link-creation-conflict'
  | 'com.microsoft:message-lock-lost'
  | 'com.microsoft:precondition-failed'
  | 'com.microsoft:timeout';

/**
 * MQTT 3.1.1 has an error only in CONNACK, and the hub's own twin topics have one; every other
 * request is answered by closing the connection.
 * - `refuse`: CONNACK 5. Later: close, whatever was asked.
 * - `answer`: CONNACK 5. Later: a twin request gets the HTTP status as its response, else close.
 * - `unavailable`: CONNACK 3, which clients retry. Later: as `answer`.
 */
type MqttAnswer = 'answer' | 'refuse' | 'unavailable';

/** The closed set of codes: a code without a row does not exist. */
export type HubErrorCode = keyof typeof errorTable;

export const errorTable = {
  GenericBadRequest: row(400000, 'INVALID_ARGUMENT'),
  InvalidProtocolVersion: row(400001, 'INVALID_ARGUMENT'),
  DeviceInvalidResultCount: row(400002, 'INVALID_ARGUMENT'),
  InvalidOperation: row(400003, 'FAILED_PRECONDITION', { amqp: 'amqp:not-allowed' }),
  ArgumentInvalid: row(400004, 'INVALID_ARGUMENT', { amqp: 'com.microsoft:argument-error' }),
  ArgumentNull: row(400005, 'INVALID_ARGUMENT', { amqp: 'com.microsoft:argument-error' }),
  IotHubFormatError: row(400006, 'INVALID_ARGUMENT'),
  DeviceStorageEntitySerializationError: row(400007, 'INVALID_ARGUMENT'),
  BlobContainerValidationError: row(400008, 'INVALID_ARGUMENT'),
  ImportWarningExistsError: row(400009, 'INVALID_ARGUMENT'),
  InvalidSchemaVersion: row(400010, 'INVALID_ARGUMENT'),
  DeviceDefinedMultipleTimes: row(400011, 'INVALID_ARGUMENT'),
  DeserializationError: row(400012, 'INVALID_ARGUMENT'),
  BulkRegistryOperationFailure: row(400013, 'INVALID_ARGUMENT'),
  DefaultStorageEndpointNotConfigured: row(400014, 'FAILED_PRECONDITION'),
  InvalidFileUploadCorrelationId: row(400015, 'INVALID_ARGUMENT'),
  ExpiredFileUploadCorrelationId: row(400016, 'INVALID_ARGUMENT'),
  InvalidStorageEndpoint: row(400017, 'INVALID_ARGUMENT'),
  InvalidMessagingEndpoint: row(400018, 'INVALID_ARGUMENT'),
  InvalidFileUploadCompletionStatus: row(400019, 'INVALID_ARGUMENT'),
  InvalidStorageEndpointOrBlob: row(400020, 'INVALID_ARGUMENT'),
  RequestCanceled: row(400021, 'CANCELLED'),
  InvalidStorageEndpointProperty: row(400022, 'INVALID_ARGUMENT'),
  EtagDoesNotMatch: row(400023, 'FAILED_PRECONDITION'),
  RequestTimedOut: row(400024, 'DEADLINE_EXCEEDED'),
  UnsupportedOperationOnReplica: row(400025, 'FAILED_PRECONDITION'),
  NullMessage: row(400026, 'INVALID_ARGUMENT'),
  ConnectionForcefullyClosedOnNewConnection: row(400027, 'ABORTED', {
    amqp: 'com.microsoft:link-creation-conflict',
    mqtt: 'refuse',
  }),
  InvalidDeviceScope: row(400028, 'INVALID_ARGUMENT'),
  ConnectionForcefullyClosedOnFaultInjection: row(400029, 'ABORTED', { mqtt: 'refuse' }),
  ConnectionRejectedOnFaultInjection: row(400030, 'ABORTED', { mqtt: 'refuse' }),
  InvalidEndpointAuthenticationType: row(400031, 'INVALID_ARGUMENT'),
  ManagedIdentityNotEnabled: row(400032, 'FAILED_PRECONDITION'),
  InvalidPolicyKey: row(400035, 'INVALID_ARGUMENT'),
  BulkRegenerateDeviceKeyOperationFailure: row(400036, 'INVALID_ARGUMENT'),
  InvalidRouteTestInput: row(400100, 'INVALID_ARGUMENT'),
  InvalidSourceOnRoute: row(400101, 'INVALID_ARGUMENT'),
  RoutingNotEnabled: row(400102, 'FAILED_PRECONDITION'),
  InvalidContentEncodingOrType: row(400103, 'INVALID_ARGUMENT'),
  CannotRegisterModuleToModule: row(400301, 'INVALID_ARGUMENT'),
  TenantHubRoutingNotEnabled: row(400302, 'FAILED_PRECONDITION'),
  InvalidConfigurationTargetCondition: row(400401, 'INVALID_ARGUMENT'),
  InvalidConfigurationContent: row(400402, 'INVALID_ARGUMENT'),
  CannotModifyImmutableConfigurationContent: row(400403, 'INVALID_ARGUMENT'),
  InvalidConfigurationCustomMetricsQuery: row(400404, 'INVALID_ARGUMENT'),
  InvalidPnPInterfaceDefinition: row(400501, 'INVALID_ARGUMENT'),
  InvalidPnPDesiredProperties: row(400502, 'INVALID_ARGUMENT'),
  InvalidPnPReportedProperties: row(400503, 'INVALID_ARGUMENT'),
  InvalidPnPWritableReportedProperties: row(400504, 'INVALID_ARGUMENT'),
  InvalidDigitalTwinJsonPatch: row(400505, 'INVALID_ARGUMENT'),
  InvalidDigitalTwinPayload: row(400506, 'INVALID_ARGUMENT'),
  InvalidDigitalTwinPatch: row(400507, 'INVALID_ARGUMENT'),
  InvalidDigitalTwinPatchPath: row(400508, 'INVALID_ARGUMENT'),
  // Azure Resource Manager's, which has names alone: these numbers are ours.
  MissingApiVersionParameter: row(400900, 'INVALID_ARGUMENT'),
  InvalidApiVersionParameter: row(400901, 'INVALID_ARGUMENT'),

  GenericUnauthorized: row(401000, 'UNAUTHENTICATED', {
    amqp: 'amqp:unauthorized-access',
    mqtt: 'refuse',
  }),
  IotHubNotFound: row(401001, 'UNAUTHENTICATED', {
    amqp: 'com.microsoft:iot-hub-not-found-error',
    mqtt: 'refuse',
  }),
  IotHubUnauthorizedAccess: row(401002, 'UNAUTHENTICATED', {
    amqp: 'amqp:unauthorized-access',
    mqtt: 'refuse',
  }),
  IotHubUnauthorized: row(401003, 'UNAUTHENTICATED', {
    amqp: 'amqp:unauthorized-access',
    mqtt: 'refuse',
  }),
  ElasticPoolNotFound: row(401004, 'UNAUTHENTICATED', {
    amqp: 'amqp:unauthorized-access',
    mqtt: 'refuse',
  }),
  SystemModuleModifyUnauthorizedAccess: row(401100, 'UNAUTHENTICATED', {
    amqp: 'amqp:unauthorized-access',
  }),

  GenericForbidden: row(403000, 'PERMISSION_DENIED'),
  IotHubSuspended: row(403001, 'PERMISSION_DENIED', {
    amqp: 'com.microsoft:iot-hub-suspended',
    mqtt: 'refuse',
  }),
  IotHubQuotaExceeded: row(403002, 'RESOURCE_EXHAUSTED', { amqp: 'amqp:resource-limit-exceeded' }),
  JobQuotaExceeded: row(403003, 'RESOURCE_EXHAUSTED'),
  DeviceMaximumQueueDepthExceeded: row(403004, 'RESOURCE_EXHAUSTED', {
    amqp: 'amqp:resource-limit-exceeded',
  }),
  IotHubMaxCbsTokenExceeded: row(403005, 'RESOURCE_EXHAUSTED', {
    amqp: 'amqp:resource-limit-exceeded',
  }),
  DeviceMaximumActiveFileUploadLimitExceeded: row(403006, 'RESOURCE_EXHAUSTED'),
  DeviceMaximumQueueSizeExceeded: row(403007, 'RESOURCE_EXHAUSTED', {
    amqp: 'amqp:resource-limit-exceeded',
  }),
  RoutingEndpointResponseForbidden: row(403008, 'PERMISSION_DENIED'),
  InvalidMessageExpiryTime: row(403009, 'INVALID_ARGUMENT', {
    amqp: 'com.microsoft:argument-error',
  }),
  OperationNotAvailableInCurrentTier: row(403010, 'PERMISSION_DENIED'),
  KeyEncryptionKeyRevoked: row(403011, 'PERMISSION_DENIED'),
  DeviceDisabled: row(403012, 'PERMISSION_DENIED', {
    amqp: 'amqp:unauthorized-access',
    mqtt: 'refuse',
  }),
  DeviceModelMaxPropertiesExceeded: row(403100, 'RESOURCE_EXHAUSTED'),
  DeviceModelMaxIndexablePropertiesExceeded: row(403101, 'RESOURCE_EXHAUSTED'),
  DeviceMaximumInflightMethodExceeded: row(403800, 'RESOURCE_EXHAUSTED'),

  GenericNotFound: row(404000, 'NOT_FOUND', { amqp: 'amqp:not-found' }),
  DeviceNotFound: row(404001, 'NOT_FOUND', { amqp: 'amqp:not-found', mqtt: 'refuse' }),
  JobNotFound: row(404002, 'NOT_FOUND'),
  QuotaMetricNotFound: row(404004, 'NOT_FOUND'),
  SystemPropertyNotFound: row(404005, 'NOT_FOUND'),
  AmqpAddressNotFound: row(404006, 'NOT_FOUND', { amqp: 'amqp:not-found' }),
  RoutingEndpointResponseNotFound: row(404007, 'NOT_FOUND'),
  CertificateNotFound: row(404008, 'NOT_FOUND'),
  ElasticPoolTenantHubNotFound: row(404009, 'NOT_FOUND'),
  ModuleNotFound: row(404010, 'NOT_FOUND', { amqp: 'amqp:not-found', mqtt: 'refuse' }),
  AzureTableStoreNotFound: row(404011, 'NOT_FOUND'),
  IotHubFailingOver: row(404012, 'UNAVAILABLE', { mqtt: 'unavailable' }),
  FeatureNotSupported: row(404013, 'UNIMPLEMENTED', { amqp: 'amqp:not-implemented' }),
  DigitalTwinInterfaceNotFound: row(404014, 'NOT_FOUND'),
  QueryStoreClusterNotFound: row(404101, 'NOT_FOUND'),
  DeviceNotOnline: row(404103, 'NOT_FOUND'),
  DeviceConnectionClosedRemotely: row(404104, 'NOT_FOUND', { mqtt: 'refuse' }),
  ConfigurationNotFound: row(404301, 'NOT_FOUND'),
  GroupNotFound: row(404302, 'NOT_FOUND'),
  DigitalTwinModelNotFound: row(404401, 'NOT_FOUND'),
  InterfaceNameModelNotFound: row(404402, 'NOT_FOUND'),

  GenericMethodNotAllowed: row(405000, 'UNIMPLEMENTED'),
  OperationNotAllowedInCurrentState: row(405102, 'FAILED_PRECONDITION'),
  ImportDevicesNotSupported: row(405103, 'UNIMPLEMENTED'),
  BulkAddDevicesNotSupported: row(405104, 'UNIMPLEMENTED'),

  GenericConflict: row(409000, 'ABORTED'),
  DeviceAlreadyExists: row(409001, 'ALREADY_EXISTS', {
    amqp: 'com.microsoft:device-already-exists',
  }),
  LinkCreationConflict: row(409002, 'ABORTED', { amqp: 'com.microsoft:link-creation-conflict' }),
  CallbackSubscriptionConflict: row(409003, 'ABORTED'),
  ModelAlreadyExists: row(409101, 'ALREADY_EXISTS'),
  DeviceLocked: row(409102, 'ABORTED'),
  DeviceJobAlreadyExists: row(409103, 'ALREADY_EXISTS'),
  JobAlreadyExists: row(409104, 'ALREADY_EXISTS'),
  ModuleAlreadyExistsOnDevice: row(409301, 'ALREADY_EXISTS'),
  ConfigurationAlreadyExists: row(409401, 'ALREADY_EXISTS'),
  ApplyConfigurationAlreadyInProgressOnDevice: row(409402, 'ABORTED'),
  DigitalTwinModelAlreadyExists: row(409501, 'ALREADY_EXISTS'),
  DigitalTwinModelExistsWithOtherModelType: row(409502, 'ALREADY_EXISTS'),
  InterfaceNameModelAlreadyExists: row(409503, 'ALREADY_EXISTS'),

  GenericPreconditionFailed: row(412000, 'FAILED_PRECONDITION', {
    amqp: 'com.microsoft:precondition-failed',
  }),
  PreconditionFailed: row(412001, 'FAILED_PRECONDITION', {
    amqp: 'com.microsoft:precondition-failed',
  }),
  DeviceMessageLockLost: row(412002, 'FAILED_PRECONDITION', {
    amqp: 'com.microsoft:message-lock-lost',
  }),
  JobRunPreconditionFailed: row(412003, 'FAILED_PRECONDITION'),
  InflightMessagesInLink: row(412004, 'FAILED_PRECONDITION'),

  GenericRequestEntityTooLarge: row(413000, 'INVALID_ARGUMENT'),
  MessageTooLarge: row(413001, 'INVALID_ARGUMENT', { amqp: 'amqp:link:message-size-exceeded' }),
  TooManyDevices: row(413002, 'RESOURCE_EXHAUSTED'),
  TooManyModulesOnDevice: row(413003, 'RESOURCE_EXHAUSTED'),
  ConfigurationCountLimitExceeded: row(413101, 'RESOURCE_EXHAUSTED'),
  DigitalTwinModelCountLimitExceeded: row(413201, 'RESOURCE_EXHAUSTED'),
  InterfaceNameCompressionModelCountLimitExceeded: row(413202, 'RESOURCE_EXHAUSTED'),

  GenericUnsupportedMediaType: row(415000, 'INVALID_ARGUMENT'),
  IncompatibleDataType: row(415101, 'INVALID_ARGUMENT'),

  GenericTooManyRequests: row(429000, 'RESOURCE_EXHAUSTED', {
    amqp: 'com.microsoft:device-container-throttled',
  }),
  ThrottlingException: row(429001, 'RESOURCE_EXHAUSTED', {
    amqp: 'com.microsoft:device-container-throttled',
  }),
  ThrottleBacklogLimitExceeded: row(429002, 'RESOURCE_EXHAUSTED', {
    amqp: 'com.microsoft:device-container-throttled',
  }),
  ThrottlingBacklogTimeout: row(429003, 'RESOURCE_EXHAUSTED', {
    amqp: 'com.microsoft:device-container-throttled',
  }),
  ThrottlingMaxActiveJobCountExceeded: row(429004, 'RESOURCE_EXHAUSTED'),
  DeviceThrottlingLimitExceeded: row(429005, 'RESOURCE_EXHAUSTED', {
    amqp: 'com.microsoft:device-container-throttled',
  }),

  ClientClosedRequest: row(499000, 'CANCELLED'),
  GenericServerError: row(500000, 'INTERNAL'),
  ServerError: row(500001, 'INTERNAL'),
  JobCancelled: row(500002, 'CANCELLED'),
  GenericTimeout: row(500008, 'DEADLINE_EXCEEDED', { amqp: 'com.microsoft:timeout' }),
  InvalidThrottleParameter: row(500009, 'INTERNAL'),
  ModelRepoEndpointError: row(500301, 'INTERNAL'),
  ResolutionError: row(500302, 'INTERNAL'),
  UnableToFetchCredentials: row(500401, 'INTERNAL'),
  UnableToFetchTenantInfo: row(500402, 'INTERNAL'),
  UnableToShareIdentity: row(500403, 'INTERNAL'),
  UnableToExpandDiscoveryInfo: row(500501, 'INTERNAL'),
  UnableToExpandComponentInfo: row(500502, 'INTERNAL'),
  UnableToCompressComponentInfo: row(500503, 'INTERNAL'),
  UnableToCompressDiscoveryInfo: row(500504, 'INTERNAL'),
  OrphanDiscoveryDocument: row(500505, 'INTERNAL'),
  GenericBadGateway: row(502000, 'INTERNAL'),
  GenericServiceUnavailable: row(503000, 'UNAVAILABLE'),
  ServiceUnavailable: row(503001, 'UNAVAILABLE'),
  PartitionNotFound: row(503003, 'UNAVAILABLE'),
  IotHubActivationFailed: row(503004, 'UNAVAILABLE'),
  ServerBusy: row(503005, 'UNAVAILABLE'),
  IotHubRestoring: row(503006, 'UNAVAILABLE'),
  ReceiveLinkOpensThrottled: row(503008, 'UNAVAILABLE'),
  ConnectionUnavailable: row(503101, 'UNAVAILABLE'),
  DeviceUnavailable: row(503102, 'UNAVAILABLE'),
  ConfigurationNotAvailable: row(503201, 'UNAVAILABLE'),
  GroupNotAvailable: row(503202, 'UNAVAILABLE'),
  GenericGatewayTimeout: row(504000, 'DEADLINE_EXCEEDED', { amqp: 'com.microsoft:timeout' }),
  GatewayTimeout: row(504101, 'DEADLINE_EXCEEDED', { amqp: 'com.microsoft:timeout' }),
} as const satisfies Record<string, ErrorRow>;

/** For names that come from another process: a newer one may know codes that we do not. */
export function isHubErrorCode(name: string): name is HubErrorCode {
  return Object.hasOwn(errorTable, name);
}

export function httpStatusOf(code: HubErrorCode): number {
  return Math.floor(errorTable[code].number / 1000);
}

/** What amqp.md section 11 calls "everything else", and CONNACK 3 for faults of ours, are the defaults. */
function row(
  number: number,
  grpc: GrpcStatusName,
  exceptions: Partial<Pick<ErrorRow, 'amqp' | 'mqtt'>> = {},
): ErrorRow {
  const mqtt = number >= 500_000 ? 'unavailable' : 'answer';
  return { number, grpc, amqp: 'amqp:internal-error', mqtt, ...exceptions };
}

/**
 * Every operation that the api serves, and who may call it (security-limits.md section 2). Whatever
 * is not in this table or in `unserved-operations.ts` does not exist.
 */
import type { Right } from '@linchpin/auth';
import { paths } from './operation-paths.js';

export type Method = 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';

/**
 * Who may call an operation. On the service REST API the holder of a policy with any one of the rights,
 * or of a role that `operation-roles.ts` makes of them. On the control plane, beside the admin token,
 * the owner of the hub that the path names (of whom `put-hub.ts` refuses some), its reader where no
 * secret is shown and nothing changes, or the reader of some hub where the answer holds nothing of the
 * others; a path that names no hub takes the role for all of them. Or a device with its own credential.
 */
export type Access = readonly Right[] | 'owner' | 'reader' | 'some-reader' | 'device';

export interface Operation {
  readonly method: Method;
  /** Segments in braces are parameters; the others match without regard to case. */
  readonly path: string;
  /** For logs; of what is not served yet, the feature that it belongs to. */
  readonly name: string;
  readonly access: Access;
  readonly isServed: boolean;
  /** Whether the Edge device that the path names may call it, too, with its own key. */
  readonly isForEdgeDevice?: true;
  /** Whether its answer is a list that may be long: memory is held for one before it is asked for. */
  readonly answersMuch?: true;
}

const { device, module, deviceTwin, moduleTwin, digitalTwin, provider, hubsOfGroup, hub } = paths;
const { deviceMethods, moduleMethods, deviceCommand, componentCommand } = paths;
const { deviceMessages, moduleMessages, deviceMessageQueue, builtInEndpoint } = paths;
const { feedback, fileNotifications } = paths;

export const serviceOperations: readonly Operation[] = [
  withLongAnswer(operation('GET', '/devices', 'ListDevices', ['RegistryRead'])),
  operation('POST', '/devices', 'ApplyBulkRows', ['RegistryWrite']),
  operation('POST', '/devices/keys/regenerate', 'RegenerateDeviceKeys', ['RegistryWrite']),
  withLongAnswer(operation('POST', '/devices/query', 'QueryTwins', ['ServiceConnect'])),
  operation('GET', device, 'GetDevice', ['RegistryRead']),
  operation('PUT', device, 'PutDevice', ['RegistryWrite']),
  operation('DELETE', device, 'DeleteDevice', ['RegistryWrite']),
  forEdgeDevice(
    withLongAnswer(operation('GET', `${device}/modules`, 'ListModules', ['RegistryRead'])),
  ),
  forEdgeDevice(operation('GET', module, 'GetModule', ['RegistryRead'])),
  forEdgeDevice(operation('PUT', module, 'PutModule', ['RegistryWrite'])),
  forEdgeDevice(operation('DELETE', module, 'DeleteModule', ['RegistryWrite'])),
  operation('GET', deviceTwin, 'GetDeviceTwin', ['ServiceConnect']),
  operation('PATCH', deviceTwin, 'PatchDeviceTwin', ['ServiceConnect']),
  operation('PUT', deviceTwin, 'ReplaceDeviceTwin', ['ServiceConnect']),
  operation('GET', moduleTwin, 'GetModuleTwin', ['ServiceConnect']),
  operation('PATCH', moduleTwin, 'PatchModuleTwin', ['ServiceConnect']),
  operation('PUT', moduleTwin, 'ReplaceModuleTwin', ['ServiceConnect']),
  operation('POST', deviceMethods, 'InvokeDeviceMethod', ['ServiceConnect']),
  operation('POST', moduleMethods, 'InvokeModuleMethod', ['ServiceConnect']),
  operation('GET', digitalTwin, 'GetDigitalTwin', ['ServiceConnect']),
  operation('PATCH', digitalTwin, 'PatchDigitalTwin', ['ServiceConnect']),
  operation('POST', deviceCommand, 'InvokeDeviceCommand', ['ServiceConnect']),
  operation('POST', componentCommand, 'InvokeComponentCommand', ['ServiceConnect']),
  operation('POST', deviceMessages, 'SendDeviceMessage', ['ServiceConnect']),
  operation('POST', moduleMessages, 'SendModuleMessage', ['ServiceConnect']),
  operation('DELETE', deviceMessageQueue, 'PurgeDeviceMessages', ['ServiceConnect']),
  operation('GET', feedback, 'ReceiveFeedback', ['ServiceConnect']),
  operation('DELETE', `${feedback}/{lockToken}`, 'CompleteFeedback', ['ServiceConnect']),
  operation('POST', `${feedback}/{lockToken}/abandon`, 'AbandonFeedback', ['ServiceConnect']),
  operation('GET', fileNotifications, 'ReceiveFileNotification', ['ServiceConnect']),
  operation('DELETE', `${fileNotifications}/{lockToken}`, 'CompleteFileNotification', [
    'ServiceConnect',
  ]),
  operation('POST', `${fileNotifications}/{lockToken}/abandon`, 'AbandonFileNotification', [
    'ServiceConnect',
  ]),
  operation('GET', builtInEndpoint, 'GetBuiltInEndpoint', ['ServiceConnect']),
  operation('POST', '/jobs/create', 'CreateJob', ['RegistryWrite']),
  withLongAnswer(operation('GET', '/jobs', 'ListJobs', ['RegistryRead'])),
  operation('GET', '/jobs/{jobId}', 'GetJob', ['RegistryRead']),
  operation('DELETE', '/jobs/{jobId}', 'CancelJob', ['RegistryWrite']),
  operation('GET', '/statistics/devices', 'GetDeviceStatistics', ['RegistryRead']),
  operation('GET', '/statistics/service', 'GetServiceStatistics', [
    'RegistryRead',
    'ServiceConnect',
  ]),
];

const hubKey = `${hub}/IotHubKeys/{keyName}`;
const certificate = `${hub}/certificates/{certificateName}`;
const consumerGroups = `${hub}/eventHubEndpoints/{endpoint}/ConsumerGroups`;

/** The control plane (service-rest.md section 14). */
export const administrationOperations: readonly Operation[] = [
  withLongAnswer(operation('GET', `${provider}/IotHubs`, 'ListHubsOfSubscription', 'some-reader')),
  withLongAnswer(operation('GET', hubsOfGroup, 'ListHubsOfResourceGroup', 'some-reader')),
  withLongAnswer(operation('GET', `${provider}/auditLog`, 'ListAuditLogOfSubscription', 'reader')),
  withLongAnswer(operation('GET', `${hub}/auditLog`, 'ListAuditLogOfHub', 'reader')),
  operation('GET', hub, 'GetHub', 'reader'),
  operation('PUT', hub, 'PutHub', 'owner'),
  operation('PATCH', hub, 'PatchHub', 'owner'),
  operation('DELETE', hub, 'DeleteHub', 'owner'),
  operation('POST', `${hub}/listkeys`, 'ListHubKeys', 'owner'),
  operation('POST', `${hubKey}/listkeys`, 'GetHubKey', 'owner'),
  operation('POST', `${hubKey}/regenerateKeys`, 'RegenerateHubKey', 'owner'),
  withLongAnswer(operation('GET', `${hub}/certificates`, 'ListCertificates', 'reader')),
  operation('GET', certificate, 'GetCertificate', 'reader'),
  operation('PUT', certificate, 'PutCertificate', 'owner'),
  operation('DELETE', certificate, 'DeleteCertificate', 'owner'),
  operation('POST', `${certificate}/generateVerificationCode`, 'GenerateVerificationCode', 'owner'),
  operation('POST', `${certificate}/verify`, 'VerifyCertificate', 'owner'),
  operation('GET', `${hub}/IotHubStats`, 'GetHubStatistics', 'reader'),
  operation('GET', `${hub}/quotaMetrics`, 'ListHubQuotas', 'reader'),
  operation('GET', `${hub}/skus`, 'ListHubSkus', 'reader'),
  withLongAnswer(operation('GET', consumerGroups, 'ListConsumerGroups', 'reader')),
  operation('GET', `${consumerGroups}/{consumerGroup}`, 'GetConsumerGroup', 'reader'),
  operation('PUT', `${consumerGroups}/{consumerGroup}`, 'PutConsumerGroup', 'owner'),
  operation('DELETE', `${consumerGroups}/{consumerGroup}`, 'DeleteConsumerGroup', 'owner'),
  operation('POST', `${hub}/exportDevices`, 'ExportDevices', 'owner'),
  operation('POST', `${hub}/importDevices`, 'ImportDevices', 'owner'),
  withLongAnswer(operation('GET', `${hub}/jobs`, 'ListHubJobs', 'reader')),
  operation('GET', `${hub}/jobs/{jobId}`, 'GetHubJob', 'reader'),
  // It tells of hubs whose names the caller guesses.
  operation('POST', `${provider}/checkNameAvailability`, 'CheckHubName', 'owner'),
  operation('GET', `${provider}/usages`, 'ListUsages', 'reader'),
  operation('GET', '/providers/Microsoft.Devices/operations', 'ListOperations', 'some-reader'),
];

function operation(method: Method, path: string, name: string, access: Access): Operation {
  return { method, path, name, access, isServed: true };
}

/** service-rest.md section 13.6 */
function forEdgeDevice(operation: Operation): Operation {
  return { ...operation, isForEdgeDevice: true };
}

function withLongAnswer(operation: Operation): Operation {
  return { ...operation, answersMuch: true };
}

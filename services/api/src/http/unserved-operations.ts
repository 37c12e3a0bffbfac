/**
 * What Azure IoT Hub offers over HTTPS and this hub does not yet (service-rest.md sections 5 and
 * 7 to 14). A caller that may use it learns so, instead of an unspecific 404.
 */
import { paths } from './operation-paths.js';
import type { Access, Method, Operation } from './operations.js';

const { device, module, hub } = paths;

export const unservedOperations: readonly Operation[] = [
  ...feature('Scheduled jobs', ['ServiceConnect'], {
    '/jobs/v2/query': ['GET'],
    '/jobs/v2/{jobId}': ['GET', 'PUT'],
    '/jobs/v2/{jobId}/cancel': ['POST'],
  }),
  ...feature('Configurations', ['RegistryRead'], {
    '/configurations': ['GET'],
    '/configurations/testQueries': ['POST'],
    '/configurations/{configurationId}': ['GET'],
  }),
  ...feature('Configurations', ['RegistryWrite'], {
    '/configurations/{configurationId}': ['DELETE', 'PUT'],
  }),
  ...feature('Edge deployments', ['RegistryWrite', 'ServiceConnect'], {
    [`${device}/applyConfigurationContent`]: ['POST'],
  }),
  ...feature('Edge device scopes', 'device', {
    [`${module}/devicesAndModulesInDeviceScope`]: ['GET'],
    [`${module}/deviceAndModuleInDeviceScope`]: ['GET'],
    [`${module}/devicesAndModulesInTargetDeviceScope`]: ['POST'],
    [`${module}/getDeviceAndModuleOnBehalfOf`]: ['POST'],
  }),
  ...feature('Message routing', 'reader', {
    [`${hub}/routingEndpointsHealth`]: ['GET'],
    [`${hub}/routing/routes/$testall`]: ['POST'],
    [`${hub}/routing/routes/$testnew`]: ['POST'],
  }),
  ...feature('Manual failover', 'owner', { [`${hub}/failover`]: ['POST'] }),
  ...feature('Private endpoints', 'reader', {
    [`${hub}/privateLinkResources`]: ['GET'],
    [`${hub}/privateLinkResources/{groupId}`]: ['GET'],
    [`${hub}/privateEndpointConnections`]: ['GET'],
    [`${hub}/privateEndpointConnections/{connectionName}`]: ['GET'],
  }),
  ...feature('Private endpoints', 'owner', {
    [`${hub}/privateEndpointConnections/{connectionName}`]: ['DELETE', 'PUT'],
  }),
];

function feature(
  name: string,
  access: Access,
  methodsByPath: Readonly<Record<string, readonly Method[]>>,
): Operation[] {
  return Object.entries(methodsByPath).flatMap(([path, methods]) =>
    methods.map((method) => ({ method, path, name, access, isServed: false })),
  );
}

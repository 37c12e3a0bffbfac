import { hub } from './hub.js';
import type { TestIdentity } from './registry.js';

/** What an SDK of devices is given. @param hostName of the hub, or another name of it */
export function deviceConnectionString(
  { deviceId, moduleId, primaryKey }: TestIdentity,
  hostName = hub.host,
): string {
  const module = moduleId === undefined ? '' : `ModuleId=${moduleId};`;
  return `HostName=${hostName};DeviceId=${deviceId};${module}SharedAccessKey=${primaryKey}`;
}

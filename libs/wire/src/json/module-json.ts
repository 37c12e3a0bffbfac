/** The JSON of a module identity (service-rest.md section 3); it has no status of its own. */
import { z } from 'zod';
import type { Identity, IdentityDefinition } from '../identity.js';
import type { DeviceIdentityId } from '../identity-id.js';
import type { EntityJson } from './entity-json.js';
import {
  authenticationSchema,
  checkSameId,
  formatAuthentication,
  formatTime,
} from './identity-json.js';
import { text } from './members.js';

export interface ModuleId extends DeviceIdentityId {
  readonly moduleId: string;
}

export const moduleSchema = z.object({
  moduleId: text,
  managedBy: text,
  deviceId: text,
  authentication: authenticationSchema,
});

/** @throws HubError `ArgumentInvalid` when the body names another module than the path */
export function toModuleDefinition(
  { deviceId, moduleId }: ModuleId,
  body: z.output<typeof moduleSchema>,
): IdentityDefinition {
  checkSameId('deviceId', deviceId, body.deviceId);
  checkSameId('moduleId', moduleId, body.moduleId);
  return {
    deviceId,
    moduleId,
    status: undefined,
    statusReason: undefined,
    authentication: body.authentication,
    iotEdge: false,
    deviceScope: undefined,
    parentScopes: [],
    managedBy: body.managedBy,
    attributesJson: undefined,
  };
}

export function formatModule(identity: Identity): EntityJson {
  return {
    moduleId: identity.moduleId,
    managedBy: identity.managedBy ?? null,
    deviceId: identity.deviceId,
    generationId: identity.generationId,
    etag: identity.etag,
    connectionState: identity.connectionState,
    connectionStateUpdatedTime: formatTime(identity.connectionStateUpdatedTime),
    lastActivityTime: formatTime(identity.lastActivityTime),
    cloudToDeviceMessageCount: identity.cloudToDeviceMessageCount,
    authentication: formatAuthentication(identity.authentication),
  };
}

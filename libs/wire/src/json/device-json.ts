/** The JSON of a device identity (service-rest.md section 2.1). */
import { z } from 'zod';
import type { Identity, IdentityDefinition } from '../identity.js';
import type { EntityJson } from './entity-json.js';
import {
  authenticationSchema,
  checkSameId,
  formatAuthentication,
  formatTime,
} from './identity-json.js';
import { azureLimits } from '../limits.js';
import { isNoDeeperThan } from './json-depth.js';
import { anyCase, text } from './members.js';

/** Ours: whoever reads a list, with a bound of his own perhaps, must be able to read all of it. */
const attributesDepthMax = 10;
const { attributesBytesMax } = azureLimits;
/** Ours: more than any device has; how many it may have says the registry. */
const parentScopesMax = 10;

/** Members that only the hub writes are not named here, hence ignored: SDKs send them all back. */
export const deviceSchema = z.object({
  deviceId: text,
  status: anyCase(['enabled', 'disabled']),
  statusReason: text,
  authentication: authenticationSchema,
  capabilities: z.object({ iotEdge: z.boolean().nullish() }).nullish(),
  deviceScope: text,
  parentScopes: z
    .array(z.string())
    .max(parentScopesMax, `must not have more than ${parentScopesMax} members`)
    .nullish(),
  attributes: z
    .custom<object>(isObject, 'must be an object')
    .refine((value) => isNoDeeperThan(attributesDepthMax, value), {
      message: `must not be deeper than ${attributesDepthMax} levels`,
      abort: true,
    })
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= attributesBytesMax, {
      message: `must not have more than ${attributesBytesMax} bytes of UTF-8`,
    })
    .nullish(),
});

interface DeviceJsonOptions {
  /** Whether the api-version of the request knows `attributes`. */
  readonly withAttributes: boolean;
}

/** @throws HubError `ArgumentInvalid` when the body names another device than the path */
export function toDeviceDefinition(
  deviceId: string,
  body: z.output<typeof deviceSchema>,
  { withAttributes }: DeviceJsonOptions,
): IdentityDefinition {
  checkSameId('deviceId', deviceId, body.deviceId);
  const attributes = withAttributes ? body.attributes : undefined;
  return {
    deviceId,
    status: body.status,
    statusReason: body.statusReason,
    authentication: body.authentication,
    iotEdge: body.capabilities?.iotEdge ?? false,
    deviceScope: body.deviceScope,
    parentScopes: body.parentScopes ?? [],
    managedBy: undefined,
    attributesJson: attributes ? JSON.stringify(attributes) : undefined,
  };
}

export function formatDevice(
  identity: Identity,
  { withAttributes }: DeviceJsonOptions,
): EntityJson {
  const { deviceScope, parentScopes, attributesJson } = identity;
  return {
    deviceId: identity.deviceId,
    generationId: identity.generationId,
    etag: identity.etag,
    connectionState: identity.connectionState,
    status: identity.status,
    statusReason: identity.statusReason ?? null,
    connectionStateUpdatedTime: formatTime(identity.connectionStateUpdatedTime),
    statusUpdatedTime: formatTime(identity.statusUpdatedTime),
    lastActivityTime: formatTime(identity.lastActivityTime),
    cloudToDeviceMessageCount: identity.cloudToDeviceMessageCount,
    authentication: formatAuthentication(identity.authentication),
    capabilities: { iotEdge: identity.iotEdge },
    ...(deviceScope !== undefined && { deviceScope }),
    ...(parentScopes.length > 0 && { parentScopes }),
    ...(withAttributes &&
      attributesJson !== undefined && { attributes: JSON.parse(attributesJson) as unknown }),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

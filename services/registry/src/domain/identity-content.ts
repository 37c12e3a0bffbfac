/** What a client's definition becomes (service-rest.md sections 2.1 to 2.5 and 3). */
import { azureLimits, HubError, validateDeviceId, validateModuleId } from '@linchpin/wire';
import { completeAuthentication } from './authentication.js';
import type { IdentityContent, IdentityDefinition, IdentityId } from './device-identity.js';
import { resolveScopes } from './edge-scope.js';
import { validateFreeText } from './free-text.js';

/** Where what the registry makes up itself comes from. */
export interface Sources {
  /** Base64 of 32 random bytes. */
  readonly generateKey: () => string;
  /** .NET ticks, strictly rising. */
  readonly nextTicks: () => bigint;
  readonly clock: () => Date;
}

/** The modules of the Edge runtime, which come and go with `iotEdge`. */
export const edgeModuleIds: readonly string[] = ['$edgeAgent', '$edgeHub'];

/** Ours: as long as an id. */
const managedByLengthMax = 128;

/** @throws HubError ArgumentInvalid, InvalidDeviceScope */
export function contentOfNew(definition: IdentityDefinition, sources: Sources): IdentityContent {
  const generationId = String(sources.nextTicks());
  const kept = { generationId, statusUpdatedTime: undefined };
  return toContent(definition, undefined, kept, sources);
}

/**
 * All that a client may set is replaced; the rest stays.
 *
 * @throws HubError ArgumentInvalid, InvalidDeviceScope
 */
export function contentOfUpdated(
  stored: IdentityContent,
  definition: IdentityDefinition,
  sources: Sources,
): IdentityContent {
  const content = toContent(definition, stored, stored, sources);
  const isSameStatus = content.status === stored.status;
  return isSameStatus ? content : { ...content, statusUpdatedTime: sources.clock() };
}

/** The modules that a new Edge device has; the runtime sets their keys when it starts. */
export function edgeModules(deviceId: string, sources: Sources): IdentityContent[] {
  return edgeModuleIds.map((moduleId) => ({
    ...moduleMembers,
    deviceId,
    moduleId,
    generationId: String(sources.nextTicks()),
    statusUpdatedTime: undefined,
    authentication: { type: 'none' },
    managedBy: 'iotEdge',
  }));
}

/** @throws HubError ArgumentInvalid */
export function validateIdentityId({ deviceId, moduleId }: IdentityId): void {
  validateDeviceId(deviceId);
  if (moduleId !== undefined) {
    validateModuleId(moduleId);
  }
}

type KeptMembers = Pick<IdentityContent, 'generationId' | 'statusUpdatedTime'>;

function toContent(
  definition: IdentityDefinition,
  stored: IdentityContent | undefined,
  { generationId, statusUpdatedTime }: KeptMembers,
  sources: Sources,
): IdentityContent {
  validateTexts(definition);
  const { deviceId, moduleId, managedBy } = definition;
  const authentication = completeAuthentication(definition.authentication, sources.generateKey);
  const kept = { generationId, statusUpdatedTime };
  if (moduleId !== undefined) {
    return { ...moduleMembers, ...kept, deviceId, moduleId, managedBy, authentication };
  }
  const { status, statusReason, iotEdge, attributesJson } = definition;
  return {
    ...kept,
    ...resolveScopes(definition, stored, sources.nextTicks),
    deviceId,
    moduleId,
    status,
    statusReason,
    authentication,
    iotEdge,
    managedBy: undefined,
    attributesJson,
  };
}

/** A module has no status of its own, nor anything else of a device. */
const moduleMembers = {
  status: 'enabled',
  statusReason: undefined,
  iotEdge: false,
  deviceScope: undefined,
  parentScopes: [],
  attributesJson: undefined,
} as const satisfies Partial<IdentityContent>;

function validateTexts(definition: IdentityDefinition): void {
  const { statusReason = '', managedBy = '', attributesJson } = definition;
  validateIdentityId(definition);
  validateFreeText('statusReason', statusReason, azureLimits.statusReasonLengthMax);
  validateFreeText('managedBy', managedBy, managedByLengthMax);
  if (attributesJson !== undefined) {
    validateFreeText('attributes', attributesJson, azureLimits.attributesBytesMax);
    validateBytes('attributes', attributesJson, azureLimits.attributesBytesMax);
    validateJsonObject('attributes', attributesJson);
  }
}

function validateBytes(field: string, text: string, bytesMax: number): void {
  if (Buffer.byteLength(text) > bytesMax) {
    throw new HubError('ArgumentInvalid', `${field} has more than ${bytesMax} bytes of UTF-8.`);
  }
}

function validateJsonObject(field: string, text: string): void {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HubError('ArgumentInvalid', `${field} is not a JSON object.`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Who a client is: a device, or a module of a device (security-limits.md section 8). Ids are compared
 * letter by letter: `dev` and `DEV` are two devices. They hold no `/`, so `{device}/{module}` is unique.
 */
import { HubError } from './hub-error.js';
import { azureLimits } from './limits.js';

export interface DeviceIdentityId {
  readonly deviceId: string;
  /** Absent for the device itself. */
  readonly moduleId?: string | undefined;
}

const allowedCharacters = "ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ '";
const refusedCharacter = /[^A-Za-z0-9\-:.+%_#*?!(),=@;$']/u;

/** @throws HubError ArgumentInvalid, naming what is wrong and what is allowed */
export function validateDeviceId(deviceId: string): void {
  validateId('deviceId', deviceId);
}

/** As for devices: the rule is the same. */
export function validateModuleId(moduleId: string): void {
  validateId('moduleId', moduleId);
}

/** Reads `{deviceId}` or `{deviceId}/{moduleId}`. @throws HubError ArgumentInvalid */
export function parseIdentityId(text: string): DeviceIdentityId {
  const slash = text.indexOf('/');
  if (slash < 0) {
    validateDeviceId(text);
    return { deviceId: text };
  }
  const identity = { deviceId: text.slice(0, slash), moduleId: text.slice(slash + 1) };
  validateDeviceId(identity.deviceId);
  validateModuleId(identity.moduleId);
  return identity;
}

export function formatIdentityId({ deviceId, moduleId }: DeviceIdentityId): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

/** Names one identity over all hubs: `{hub}/{deviceId}[/{moduleId}]`; no part can hold a slash. */
export function identityKey(hub: string, identity: DeviceIdentityId): string {
  return `${hub}/${formatIdentityId(identity)}`;
}

function validateId(field: 'deviceId' | 'moduleId', id: string): void {
  const fault = faultOfId(id);
  if (fault !== undefined) {
    throw new HubError('ArgumentInvalid', `The ${field} ${fault}`);
  }
}

/**
 * What is wrong with an id of a device, a module or a message, and what is allowed. The id itself is not repeated:
 * it may be long and hold anything.
 */
export function faultOfId(id: string): string | undefined {
  const fault = faultOf(id);
  return fault && `${fault}; allowed are 1 to ${azureLimits.idLengthMax} ${allowedCharacters}`;
}

function faultOf(id: string): string | undefined {
  if (id.length === 0) {
    return 'is empty';
  }
  if (id.length > azureLimits.idLengthMax) {
    return `has ${id.length} characters`;
  }
  const refused = refusedCharacter.exec(id);
  if (refused === null) {
    return undefined;
  }
  const codePoint = refused[0].codePointAt(0) ?? 0;
  const hex = codePoint.toString(16).toUpperCase().padStart(4, '0');
  return `has U+${hex} at position ${refused.index + 1}`;
}

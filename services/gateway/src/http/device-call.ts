/** What devices and modules ask for over HTTPS, each by its path and method (device-https.md sections 2 to 6). */
import type { RequestTarget } from '@linchpin/platform/http-server';
import type { DeviceIdentityId } from '@linchpin/wire';
import type { SettlementOutcome } from '../domain/device-messages.js';

export type DeviceCall = CallOfDevice & {
  readonly identity: DeviceIdentityId;
  readonly query: RequestTarget['query'];
};

type CallOfDevice =
  | { readonly name: 'sendTelemetry' | 'receiveMessage' | 'startUpload' }
  | {
      readonly name: 'settleMessage';
      readonly outcome: SettlementOutcome;
      /** As the client has it: perhaps in quotes, perhaps none at all. */
      readonly lockToken: string;
    }
  /** The body may name the upload, too. */
  | { readonly name: 'completeUpload'; readonly correlationId: string | undefined }
  | { readonly name: 'wrongMethod'; readonly allowed: string };

/** @returns undefined for what is no call of a device: services send messages at a path that devices receive from */
export function findDeviceCall(
  method: string,
  { segments, query }: RequestTarget,
): DeviceCall | undefined {
  const place = placeOf(segments.filter((segment) => segment !== ''));
  const call = place && findAt(place, method, query);
  return call && { ...call, identity: place.identity, query };
}

interface Place {
  readonly identity: DeviceIdentityId;
  readonly rest: readonly string[];
}

/** `/devices/{id}[/modules/{id}]/…`. Java's SDK has two slashes behind the module. */
function placeOf([devices = '', deviceId, ...rest]: readonly string[]): Place | undefined {
  if (devices.toLowerCase() !== 'devices' || deviceId === undefined) {
    return undefined;
  }
  const [modules = '', moduleId, ...ofModule] = rest;
  return modules.toLowerCase() === 'modules' && moduleId !== undefined
    ? { identity: { deviceId, moduleId }, rest: ofModule }
    : { identity: { deviceId }, rest };
}

/** Modules upload no files: theirs are paths that nobody serves. */
function findAt(
  { identity, rest }: Place,
  method: string,
  query: RequestTarget['query'],
): CallOfDevice | undefined {
  const [area = '', box = '', id, action, ...others] = rest;
  if (others.length > 0) {
    return undefined;
  }
  const path = [area, box].join('/').toLowerCase();
  if (path === 'messages/events' && id === undefined) {
    return when(method, { POST: { name: 'sendTelemetry' } });
  }
  if (path === 'messages/devicebound') {
    return id === undefined ? findReceiving(method) : findSettling(id, action, { method, query });
  }
  const ofFiles = identity.moduleId === undefined && action === undefined;
  if (ofFiles && path === 'files/' && id === undefined) {
    return when(method, { POST: { name: 'startUpload' } });
  }
  if (ofFiles && path === 'files/notifications') {
    return when(method, { POST: { name: 'completeUpload', correlationId: id } });
  }
  return undefined;
}

/** What is sent to a device at the same path is a service's business. */
function findReceiving(method: string): CallOfDevice | undefined {
  return method === 'POST'
    ? undefined
    : when(method, { GET: { name: 'receiveMessage' } }, ['POST']);
}

function findSettling(
  lockToken: string,
  action: string | undefined,
  { method, query }: { readonly method: string; readonly query: RequestTarget['query'] },
): CallOfDevice | undefined {
  const settle = (outcome: SettlementOutcome): CallOfDevice => ({
    name: 'settleMessage',
    outcome,
    lockToken,
  });
  switch (action?.toLowerCase()) {
    case undefined:
      return when(method, { DELETE: settle(saysReject(query) ? 'reject' : 'complete') });
    case 'abandon':
      return when(method, { POST: settle('abandon') });
    default:
      return undefined;
  }
}

/** `&reject`, `&reject=true`, and `&%3Freject=true` of Java's SDK. */
function saysReject(query: RequestTarget['query']): boolean {
  const value = query.get('reject') ?? query.get('?reject');
  return value !== undefined && value.toLowerCase() !== 'false';
}

function when(
  method: string,
  calls: Readonly<Record<string, CallOfDevice>>,
  allowedBesides: readonly string[] = [],
): CallOfDevice {
  const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
  const allowed = [...Object.keys(calls), ...allowedBesides].join(', ');
  return call ?? { name: 'wrongMethod', allowed };
}

/**
 * Who a client of SASL PLAIN says it is (amqp.md section 2.3):
 *
 *     {policy}@sas.root.{hub}
 *     {deviceId}[/modules/{moduleId}]@sas.{hub}      ; ids may be percent-encoded
 *
 * `{hub}` is the first label of the hub's host name, or all of it.
 */
import type { DeviceIdentityId } from './identity-id.js';
import { percentDecode } from './percent-encoding.js';

export type SaslIdentity = { readonly hub: string } & (
  | { readonly kind: 'policy'; readonly policy: string }
  | { readonly kind: 'device'; readonly identity: DeviceIdentityId }
);

/** Undefined for what has none of these forms. */
export function parseSaslIdentity(text: string): SaslIdentity | undefined {
  const policy = /^([^/]+)@sas\.root\.([^@/]+)$/i.exec(text);
  if (policy !== null) {
    const [, name = '', hub = ''] = policy;
    return { kind: 'policy', policy: name, hub };
  }
  const device = /^([^/]+?)(?:\/modules\/([^/]+?))?@sas\.([^@/]+)$/i.exec(text);
  if (device === null) {
    return undefined;
  }
  const [, deviceId = '', moduleId, hub = ''] = device;
  const identity =
    moduleId === undefined
      ? { deviceId: percentDecode(deviceId) }
      : { deviceId: percentDecode(deviceId), moduleId: percentDecode(moduleId) };
  return { kind: 'device', identity, hub };
}

/** Whether a hub's host name is meant by `{hub}`. */
export function isHubOf(hub: string, hostName: string): boolean {
  const [label = ''] = hostName.split('.');
  return [label, hostName].some((name) => name.toLowerCase() === hub.toLowerCase());
}

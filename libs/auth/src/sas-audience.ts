/**
 * What a token is good for (device-mqtt.md section 3.3, security-limits.md sections 3.2 and 3.3). A
 * resource is a path of segments that begins with the host name; an audience covers it and all below.
 *
 * The audience, `sr`, stands in tokens in as many spellings as there are SDKs. How its slashes stand
 * tells how the whole of it was encoded:
 *
 *     h/devices/{e(id)}             Java, and whoever does not encode at all
 *     h%2Fdevices%2F{e(id)}         most
 *     h%2Fdevices%2F{e(e(id))}      C#, for keys of devices and modules alone
 *     h%252Fdevices%252F{e(e(id))}  Edge
 *
 * AMQP clients of services and of Event Hubs put a scheme before it: `https://h`, `sb%3A%2F%2Fh%2F…`.
 *
 * Ids may hold anything that looks like an escape, so what is decoded once too often names another
 * device. Text is decoded only when an encoder would have written it so: none writes `%41` for `A`.
 */
import { normalizeHostName, percentDecode, type DeviceIdentityId } from '@linchpin/wire';

/** `{host}/devices/{deviceId}[/modules/{moduleId}]`: what a device or module connects as. */
export function deviceResource(
  hostName: string,
  { deviceId, moduleId }: DeviceIdentityId,
): readonly string[] {
  const device = [hostName, 'devices', deviceId];
  return moduleId === undefined ? device : [...device, 'modules', moduleId];
}

/** Of a service request: its path, percent-decoded, without query. */
export function serviceResource(hostName: string, path: string): readonly string[] {
  return [hostName, ...path.split('/').filter((segment) => segment !== '')];
}

/**
 * Of a policy's token, whose audience is all that keeps it from other devices: it has one meaning.
 * Host names are compared without port and letter case, all other segments as they are.
 */
export function audienceCovers(audience: string, resource: readonly string[]): boolean {
  return pathCovers(segmentsOf(audience).map(decoded), resource);
}

/**
 * Of a token that the key of the very resource has signed: the key says whose it is, so that the
 * audience may be read in each way in which an SDK writes it.
 */
export function ownAudienceCovers(audience: string, resource: readonly string[]): boolean {
  return readingsOf(audience).some((path) => pathCovers(path, resource));
}

/** The normalised host name of `sr`: which hub a service's token is for. */
export function audienceHost(audience: string): string {
  const [host = ''] = segmentsOf(audience);
  return normalizeHostName(percentDecode(host));
}

/**
 * Of a token without a policy: whose key may have signed it, in each reading of the audience that an SDK may have
 * meant, the likeliest first. None for an audience that is no device or module.
 */
export function identitiesOfAudience(audience: string): readonly DeviceIdentityId[] {
  const identities = new Map<string, DeviceIdentityId>();
  for (const [, ...path] of readingsOf(audience)) {
    const [devices, deviceId = '', modules, moduleId] = path;
    const isDevice = path.length === 2 && devices === 'devices';
    const isModule = path.length === 4 && devices === 'devices' && modules === 'modules';
    if ((isDevice || isModule) && deviceId !== '') {
      identities.set(path.join('/'), { deviceId, moduleId });
    }
  }
  return [...identities.values()];
}

/** The path of a policy's audience, decoded: `/` for all of a hub. */
export function audiencePath(audience: string): string {
  return `/${segmentsOf(audience).slice(1).map(decoded).join('/')}`;
}

/** Decoded once, twice, and as it stands. */
function readingsOf(audience: string): readonly (readonly string[])[] {
  const segments = segmentsOf(audience);
  const once = segments.map(decoded);
  return [once, once.map(decoded), segments];
}

/** As they stand between the slashes, however these stand. */
function segmentsOf(withScheme: string): readonly string[] {
  const audience = withScheme.replace(scheme, '');
  const slash = slashes.find((each) => each.test(audience));
  if (slash === undefined) {
    return [audience];
  }
  const isTwiceEncoded = slash === slashes[2];
  const segments = audience.split(slash);
  const path = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  return isTwiceEncoded ? path.map(percentDecode) : path;
}

const scheme = /^[a-z]+(?::\/\/|%3a%2f%2f|%253a%252f%252f)/i;

/** The first that occurs separates: another one within a segment belongs to an id. */
const slashes = [/\//, /%2f/i, /%252f/i] as const;

/** Once, and only what an encoder has written: see above. */
function decoded(segment: string): string {
  return encodedText.test(segment) ? percentDecode(segment) : segment;
}

/**
 * What encoders leave, and escapes of what at least one of them does not leave: all but letters,
 * digits, hyphen, dot and underscore.
 */
const encodedText =
  /^(?:[A-Za-z0-9._~!*'()-]|%(?!3\d|4[1-9a-f]|5[\da]|6[1-9a-f]|7[\da]|2[de]|5f)[\da-f]{2})*$/i;

function pathCovers(
  [host = '', ...path]: readonly string[],
  [resourceHost = '', ...resource]: readonly string[],
): boolean {
  if (normalizeHostName(host) !== normalizeHostName(resourceHost)) {
    return false;
  }
  // Tools write the audience with one segment more: `{host}/devices/d1/api-version=2016-11-14`.
  const hasTail = path.length === resource.length + 1 && path.at(-1)?.startsWith('api-version=');
  const scope = hasTail ? path.slice(0, -1) : path;
  return (
    scope.length <= resource.length && scope.every((segment, index) => segment === resource[index])
  );
}

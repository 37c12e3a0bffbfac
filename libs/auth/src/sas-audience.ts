/**
 * What a token is good for (device-mqtt.md section 3.3, security-limits.md sections 3.2 and 3.3). A
 * resource is a path of segments that begins with the host name; an audience covers it and all below.
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
 * `audience` is `sr` as it stands: raw (Java), encoded once (most) or twice (C#), so one spelling of
 * three has to cover the resource. Host names are compared without port and letter case, all other
 * segments as they are.
 */
export function audienceCovers(audience: string, resource: readonly string[]): boolean {
  const once = percentDecode(audience);
  return [audience, once, percentDecode(once)].some((spelling) => {
    return pathCovers(segmentsOf(spelling), resource);
  });
}

/** The normalised host name of `sr`: which hub a service's token is for. */
export function audienceHost(audience: string): string {
  const [host = ''] = segmentsOf(percentDecode(percentDecode(audience)));
  return normalizeHostName(host);
}

function segmentsOf(path: string): readonly string[] {
  return (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
}

function pathCovers(
  [host = '', ...path]: readonly string[],
  [resourceHost = '', ...resource]: readonly string[],
): boolean {
  if (normalizeHostName(host) !== normalizeHostName(resourceHost)) return false;
  // Tools write the audience with one segment more: `{host}/devices/d1/api-version=2016-11-14`.
  const hasTail = path.length === resource.length + 1 && path.at(-1)?.startsWith('api-version=');
  const scope = hasTail ? path.slice(0, -1) : path;
  return (
    scope.length <= resource.length && scope.every((segment, index) => segment === resource[index])
  );
}

/**
 * Connection strings (security-limits.md section 1) as tests and the benchmark use them: read from
 * `.linchpin/connection.env`, made for a device that was just created, turned into a token.
 */
import { createSasToken, deviceResource } from '@linchpin/auth';

interface ConnectionString {
  readonly hostName: string;
  /** Of a device or module; absent for a policy. */
  readonly deviceId?: string;
  readonly moduleId?: string;
  /** The name of the policy. */
  readonly sharedAccessKeyName?: string;
  readonly sharedAccessKey?: string;
}

/** Ignores keys that tests have no use for. @throws Error when there is no `HostName` */
export function parseConnectionString(text: string): ConnectionString {
  const values = new Map(text.split(';').map(splitPair));
  const known = namesByField.flatMap(([field, key]) => {
    const value = values.get(key);
    return value === undefined ? [] : [[field, value]];
  });
  const connection = Object.fromEntries(known) as Partial<ConnectionString>;
  const { hostName } = connection;
  if (hostName === undefined) {
    throw new Error('The connection string has no HostName.');
  }
  return { ...connection, hostName };
}

/** The password of MQTT, or the `Authorization` header of HTTPS. @throws Error without a key */
export function createTokenFor(connection: ConnectionString, expiresAt: Date): string {
  const { hostName, deviceId, moduleId, sharedAccessKey: key } = connection;
  if (key === undefined) {
    throw new Error('The connection string has no SharedAccessKey.');
  }
  const resource =
    deviceId === undefined ? [hostName] : deviceResource(hostName, { deviceId, moduleId });
  return createSasToken({
    audience: resource.join('/'),
    key,
    policy: connection.sharedAccessKeyName,
    expiresAt,
  });
}

const namesByField = [
  ['hostName', 'HostName'],
  ['deviceId', 'DeviceId'],
  ['moduleId', 'ModuleId'],
  ['sharedAccessKeyName', 'SharedAccessKeyName'],
  ['sharedAccessKey', 'SharedAccessKey'],
] as const satisfies [keyof ConnectionString, string][];

/** Keys end in `=` themselves, so only the first one separates. */
function splitPair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

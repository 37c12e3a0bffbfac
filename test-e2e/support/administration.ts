/** Hubs of the deployment under test, through the control plane. */
import { hub } from './hub.js';

interface PolicyKeys {
  readonly keyName: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

const hubs = '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs';

export async function administer(
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`https://${hub.host}${hubs}${path}?api-version=2023-06-30`, {
    method,
    headers: { Authorization: `Bearer ${hub.adminToken}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** The primary keys of a hub's policies, by policy. */
export async function policyKeys(name = 'local'): Promise<ReadonlyMap<string, string>> {
  const { body } = await administer('POST', `/${name}/listkeys`);
  const { value } = body as { value: PolicyKeys[] };
  return new Map(value.map(({ keyName, primaryKey }) => [keyName, primaryKey]));
}

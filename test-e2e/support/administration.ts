/** Hubs of the deployment under test, through the control plane. */
import { hub } from './hub.js';

interface PolicyKeys {
  readonly keyName: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

interface HubBody {
  readonly properties: {
    readonly eventHubEndpoints: { readonly events: { readonly path: string } };
  };
}

const hubs = '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs';

/** @param path below that of all hubs, with a query of its own perhaps */
export async function administer(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const version = `${path.includes('?') ? '&' : '?'}api-version=2023-06-30`;
  const response = await fetch(`https://${hub.host}${hubs}${path}${version}`, {
    method,
    headers: {
      Authorization: `Bearer ${hub.adminToken}`,
      'Content-Type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** What it takes to call a hub's service REST API. */
export interface ServiceAccess {
  readonly host: string;
  readonly owner: { readonly name: string; readonly key: string };
}

export interface TestHub extends ServiceAccess {
  /** Of its telemetry, in Kafka. */
  readonly eventsTopic: string;
}

/**
 * A hub of its own, under a name that need not lead anywhere: devices and tokens say it.
 *
 * @param fields of its description; it has no limits unless they say so
 */
export async function createHub(
  name: string,
  host: string,
  fields: { readonly properties?: object; readonly sku?: object } = {},
): Promise<TestHub> {
  const properties = { hostNames: [host], limits: 'unlimited', ...fields.properties };
  const { status, body } = await administer('PUT', `/${name}`, {
    location: 'local',
    ...fields,
    properties,
  });
  if (status !== 201) {
    throw new Error(
      `creating the hub ${name} was answered with ${status}: ${JSON.stringify(body)}`,
    );
  }
  const key = (await policyKeys(name)).get('iothubowner') ?? '';
  const { eventHubEndpoints } = (body as HubBody).properties;
  return {
    host,
    owner: { name: 'iothubowner', key },
    eventsTopic: eventHubEndpoints.events.path,
  };
}

/** Holds a hub to the limits of a tier, or to none. */
export async function limitHub(
  name: string,
  limits: 'tier' | 'unlimited',
  sku: { readonly name: string; readonly capacity: number },
): Promise<void> {
  const { status, body } = await administer('PUT', `/${name}`, {
    location: 'local',
    sku,
    properties: { limits },
  });
  if (status !== 200) {
    throw new Error(`limiting ${name} was answered with ${status}: ${JSON.stringify(body)}`);
  }
}

/** The primary keys of a hub's policies, by policy. */
export async function policyKeys(name = 'local'): Promise<ReadonlyMap<string, string>> {
  const { body } = await administer('POST', `/${name}/listkeys`);
  const { value } = body as { value: PolicyKeys[] };
  return new Map(value.map(({ keyName, primaryKey }) => [keyName, primaryKey]));
}

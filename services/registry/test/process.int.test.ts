import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { IdentityStatus, registryChangesTopic } from '@linchpin/contracts';
import { deleteTopic } from '@linchpin/platform/kafka';
import { testMasterKey } from './support/postgres-stores.js';
import { client, createHub, definition, sasKeys, token, withToken } from './support/requests.js';
import {
  createTestDeployment,
  freeAddress,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(30_000);

let deployment: TestDeployment;
let registry: TestRegistry;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

afterAll(() => deployment.close());

test('is ready when PostgreSQL and Kafka answer, and shows metrics', async () => {
  const ready = await fetch(`${registry.probeUrl}/healthz/ready`);
  expect({ status: ready.status, ...((await ready.json()) as object) }).toEqual({
    status: 'ready',
    checks: { postgres: 'ok', kafka: 'ok' },
  });
  const hub = await createHub(registry);
  await registry.identities.createIdentity({ hub: hub.name, definition: definition() });
  const metrics = await (await fetch(`${registry.probeUrl}/metrics`)).text();
  expect(metrics).toContain('linchpin_registry_identity_changes_total{operation="create"');
  expect(metrics).toContain(`iothub_devices{hub="${hub.name}"`);
  expect(metrics).toMatch(/linchpin_rpc_server_duration_seconds_count\{[^}]*CreateIdentity/);
});

function asService(sharedAccessSignature: string) {
  return { sharedAccessSignature, path: '/devices', client };
}

test('no secret is ever logged', async () => {
  const hub = await createHub(registry);
  const keys = sasKeys(3);
  const owner = { policy: 'iothubowner', key: hub.policyKeys['iothubowner']! };
  const secrets = [
    keys.primaryKey,
    keys.secondaryKey,
    ...Object.values(hub.policyKeys),
    testMasterKey.key.toString('base64'),
    token({ audience: hub.hostName, ...owner }),
  ];
  const { identities } = registry;
  const device = definition({ authentication: keys });
  const update = { hub: hub.name, definition: { ...device, status: IdentityStatus.DISABLED } };
  const signed = withToken(hub, 'd1', { key: keys.primaryKey });
  const broken = { ...device, authentication: { ...keys, primaryKey: `${keys.primaryKey}!` } };
  await Promise.allSettled([
    identities.createIdentity({ hub: hub.name, definition: broken }),
    identities.createIdentity({ hub: hub.name, definition: device }),
    identities.createIdentity({ hub: 'nowhere', definition: device }),
  ]);
  await identities.authenticateDevice(signed);
  await identities.updateIdentity({ ...update, ifMatch: '*' });
  await Promise.allSettled([
    identities.updateIdentity({ ...update, ifMatch: 'stale' }),
    identities.authenticateDevice(signed),
    identities.authenticateDevice({ ...signed, hostName: 'nowhere' }),
    identities.authenticateDevice(withToken(hub, 'd1', { key: keys.primaryKey, minutes: -60 })),
    identities.authorizeService(asService(secrets.at(-1)!)),
    identities.authorizeService(asService(`${secrets.at(-1)!}x`)),
    identities.listDevices({ hub: hub.name, limit: 1 }),
  ]);

  const log = registry.log.join('');

  expect(log).toContain('DeviceDisabled');
  expect(log).toContain('"deviceId":"d1"');
  for (const secret of secrets) {
    expect(log).not.toContain(secret.slice(0, 30));
    expect(log).not.toContain(encodeURIComponent(secret).slice(0, 30));
  }
  expect(log).not.toMatch(/SharedAccessSignature sr|sig=/);
});

test('a refused rpc is one line that says of whom and why', async () => {
  const hub = await createHub(registry);
  const credential = { $case: 'sharedAccessSignature', value: 'garbage' } as const;
  const request = { hostName: hub.hostName, client, deviceId: 'line', credential };
  await expect(registry.identities.authenticateDevice(request)).rejects.toThrow();
  const lines = registry.log.filter((line) => line.includes('"deviceId":"line"'));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      level: 'info',
      operation: 'linchpin.registry.v1.Registry/AuthenticateDevice',
      hostName: hub.hostName,
      errorCode: 'IotHubUnauthorized',
      reason: expect.stringContaining('SharedAccessSignature'),
      durationMs: expect.any(Number),
    }),
  ]);
});

test('does not start on less than it promises, and says what is missing', async () => {
  const empty = await createTestDeployment();
  await deleteTopic(empty.kafka, registryChangesTopic(empty.topicPrefix).name);
  await expect(empty.start()).rejects.toThrow(
    `${registryChangesTopic(empty.topicPrefix).name} does not exist: run the service's prepare step`,
  );
  await empty.close();
  const replication = { replicationFactor: 3, minInsyncReplicas: 2 };
  await expect(deployment.start({ replication })).rejects.toThrow(/has 1 replicas, fewer than 3/);
  const postgres = { url: 'postgresql://127.0.0.1:1/x', schema: 'registry' };
  await expect(deployment.start({ postgres })).rejects.toThrow(
    /PostgreSQL does not answer where LINCHPIN_POSTGRES_URL says: .*ECONNREFUSED/,
  );
  const kafka = { brokers: ['127.0.0.1:1'], clientId: 'registry-test' };
  await expect(deployment.start({ kafka })).rejects.toThrow(
    'Kafka does not answer where LINCHPIN_KAFKA_BROKERS says: Connection error',
  );
});

test('two processes serve the same hubs', async () => {
  const second = await deployment.start({ grpc: { listen: await freeAddress(), tls: undefined } });
  const hub = await createHub(registry);
  await second.identities.createIdentity({ hub: hub.name, definition: definition() });
  const id = { hub: hub.name, deviceId: 'd1' };
  const seen = await Promise.all([registry, second].map((each) => each.identities.getIdentity(id)));
  expect(seen[0]).toEqual(seen[1]);
  await second.stop();
});

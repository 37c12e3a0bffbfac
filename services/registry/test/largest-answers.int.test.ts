/** The longest lists of the largest things that clients may store: each fits in an answer. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { BulkAction } from '@linchpin/contracts';
import { azureLimits } from '@linchpin/wire';
import { sql } from 'kysely';
import { contentOfNewHub, nothingChosen, type HubContent } from '../src/domain/hub-content.js';
import { hubDefinition, sampleKeys } from '../src/domain/samples.fake.js';
import { postgresStores } from './support/postgres-stores.js';
import { createHub, definition, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(60_000);

const devices = azureLimits.listedDevicesMax;
let deployment: TestDeployment;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
  hub = await createHub(registry);
  for (let start = 0; start < devices; start += azureLimits.bulkRowsMax) {
    const rows = Array.from({ length: azureLimits.bulkRowsMax }, (_, index) => ({
      action: BulkAction.CREATE,
      definition: definition({
        deviceId: String(start + index).padStart(128, 'd'),
        statusReason: '🙂'.repeat(azureLimits.statusReasonLengthMax),
        deviceScope: `ms-azure-iot-edge://${'p'.repeat(128)}-638900000000000001`,
        attributesJson: JSON.stringify({ a: 'x'.repeat(8 * 1024 - 8) }),
      }),
    }));
    const { results } = await registry.bulk.applyRows({ hub: hub.name, rows });
    expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
  }
});

afterAll(() => deployment.close());

test('a thousand devices', async () => {
  const answer = await registry.identities.listDevices({ hub: hub.name, limit: devices });
  expect(answer.devices).toHaveLength(devices);
});

test('a page of identities to export', async () => {
  const { identities } = await registry.pages.listIdentities({ hub: hub.name, limit: 500 });
  expect(identities).toHaveLength(500);
});

test('a page of hubs, whose masked secrets are longer than the secrets', async () => {
  const { hubs } = postgresStores(deployment.database);
  const content = largestContent();
  const names = Array.from({ length: 60 }, () => `Hub-${randomUUID().slice(0, 18)}`);
  for (const name of names) {
    await hubs.insert(hubDefinition(name), content.policies, content);
    await hubs.activate(name);
  }
  const listed: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const page = await registry.hubs.listHubs({ after });
    listed.push(...page.hubs.map(({ name }) => name));
    after = page.next;
  }
  expect(listed).toEqual(expect.arrayContaining(names));
});

test('pages of the audit log, whose entries name every tag that changed', async () => {
  const { contents } = postgresStores(deployment.database);
  await contents.update(hub.name, () => largestContent());
  const copies = 100;
  await sql`
    insert into audit_log (hub, subscription_id, resource_group, operation, subject, details,
      actor_kind, actor_name)
    select hub, subscription_id, resource_group, operation, subject, details, actor_kind, actor_name
    from audit_log, generate_series(1, ${copies}) where hub = ${hub.name} and operation = 'UpdateHub'`.execute(
    deployment.database.db,
  );
  const query = {
    subscriptionId: 'local',
    hub: { resourceGroup: 'local', name: hub.name },
    limit: 1_000,
  };
  const listed: string[] = [];
  let pages = 0;
  let before: string | undefined;
  do {
    const page = await registry.audit.listAuditEntries({ ...query, before });
    listed.push(...page.entries.map(({ operation }) => operation));
    before = page.next;
    pages += 1;
  } while (before !== undefined);
  expect(listed.filter((operation) => operation === 'UpdateHub')).toHaveLength(1 + copies);
  expect(listed).toHaveLength(1 + copies + devices + 2);
  expect(pages).toBeGreaterThan(2);
});

function largestContent(): HubContent {
  const { tagsPerHubMax, tagNameLengthMax, tagValueLengthMax } = azureLimits;
  const tags = Array.from({ length: tagsPerHubMax }, (_, index) => [
    String(index) + '🙂'.repeat(tagNameLengthMax - 2),
    '🙂'.repeat(tagValueLengthMax),
  ]);
  const settings = {
    ...nothingChosen.settings,
    tags: Object.fromEntries(tags) as Record<string, string>,
  };
  const changes = { ...nothingChosen, settings, keptJson: JSON.stringify(largestKept()) };
  return contentOfNewHub(1, changes, () => sampleKeys[0]);
}

/** Of a connection string each part becomes four asterisks. */
function largestKept(): object {
  const connectionString = 'x;'.repeat(2_048);
  const eventHubs = Array.from({ length: 10 }, (_, index) => ({
    name: `endpoint-${index}`,
    connectionString,
    entityPath: 'hub',
  }));
  const routes = Array.from({ length: 20 }, (_, index) => ({
    name: `route-${index}`,
    source: 'DeviceMessages',
    condition: 'x'.repeat(4_000),
    endpointNames: ['endpoint-0'],
    isEnabled: true,
  }));
  const $default = { connectionString: 'AccountName=a', containerName: 'files' };
  return { routing: { endpoints: { eventHubs }, routes }, storageEndpoints: { $default } };
}

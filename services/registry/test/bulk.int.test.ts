/** The bulk rpcs over gRPC and PostgreSQL: what they do is bulk-registry.test.ts's to say. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  AuthenticationType,
  BulkAction,
  RegeneratedKeys,
  type BulkRow,
  type IdentityDefinition,
} from '@linchpin/contracts';
import { type ActiveHub, createHub, definition, sasKeys } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

let deployment: TestDeployment;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

beforeAll(async () => {
  hub = await createHub(registry);
});

afterAll(() => deployment.close());

const row = (
  action: BulkRow['action'],
  members: Partial<IdentityDefinition>,
  ifMatch?: string,
): BulkRow => ({ action, definition: definition(members), ifMatch });
const apply = async (...rows: BulkRow[]) => {
  const { results } = await registry.bulk.applyRows({ hub: hub.name, rows });
  return results.map(({ failure }) => failure?.code);
};
const get = async (deviceId: string, moduleId?: string) =>
  (await registry.identities.getIdentity({ hub: hub.name, deviceId, moduleId })).identity!;

test('applyRows: each row for itself, in order', async () => {
  const keys = sasKeys(1);
  const { results } = await registry.bulk.applyRows({
    hub: hub.name,
    rows: [
      row(BulkAction.CREATE, { deviceId: 'a', authentication: keys }),
      row(BulkAction.CREATE, { deviceId: 'a' }),
      row(BulkAction.CREATE_OR_UPDATE, { deviceId: 'a', moduleId: 'm1', authentication: keys }),
      row(BulkAction.UPDATE, { deviceId: 'missing' }, '*'),
      row(BulkAction.CREATE, { deviceId: 'edge', iotEdge: true }),
    ],
  });
  expect(results).toEqual([
    {},
    { failure: { code: 'DeviceAlreadyExists', message: 'A device a exists already.' } },
    {},
    { failure: { code: 'DeviceNotFound', message: 'The device missing is not registered.' } },
    {},
  ]);
  const { etag, authentication } = await get('a');
  expect(authentication).toEqual(keys);
  expect((await get('a', 'm1')).authentication).toEqual(keys);
  expect((await get('edge', '$edgeAgent')).managedBy).toBe('iotEdge');

  const changed = { deviceId: 'a', statusReason: 'changed', authentication: sasKeys(2) };
  expect(await apply(row(BulkAction.UPDATE, changed, 'MA=='))).toEqual(['PreconditionFailed']);
  expect(await apply(row(BulkAction.UPDATE, changed, etag))).toEqual([undefined]);
  expect(await get('a')).toMatchObject({ statusReason: 'changed', authentication: sasKeys(2) });
  expect(await apply(row(BulkAction.DELETE, { deviceId: 'a' }, '*'))).toEqual([undefined]);
  await expect(get('a', 'm1')).rejects.toMatchObject({ code: 'DeviceNotFound' });
});

test('applyRows refuses as a whole what cannot be rows', async () => {
  const rows = Array.from({ length: 101 }, (_, index) =>
    row(BulkAction.CREATE, { deviceId: `many-${index}` }),
  );
  await expect(apply(...rows)).rejects.toMatchObject({ code: 'TooManyDevices' });
  await expect(apply()).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  const unspecified = row(BulkAction.UNSPECIFIED, { deviceId: 'many-0' });
  await expect(apply(unspecified)).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  const absent = { action: BulkAction.CREATE, definition: undefined };
  await expect(apply(absent)).rejects.toMatchObject({ code: 'ArgumentNull' });
  await expect(
    registry.bulk.applyRows({ hub: 'nobody', rows: rows.slice(1) }),
  ).rejects.toMatchObject({ code: 'IotHubNotFound' });
  await expect(get('many-0')).rejects.toMatchObject({ code: 'DeviceNotFound' });
});

test('an impossible id is the fault of its row alone', async () => {
  const outcomes = await apply(
    row(BulkAction.CREATE, { deviceId: 'a\0b' }),
    row(BulkAction.DELETE, { deviceId: 'x'.repeat(10_000) }),
    row(BulkAction.CREATE, { deviceId: 'possible', statusReason: 'a\0b' }),
    row(BulkAction.CREATE, { deviceId: 'possible', moduleId: '' }),
    row(BulkAction.CREATE, { deviceId: 'possible' }),
  );
  expect(outcomes).toEqual([...Array<string>(4).fill('ArgumentInvalid'), undefined]);
});

test('regenerateKeys', async () => {
  const keys = sasKeys(3);
  const none = { type: AuthenticationType.NONE };
  await apply(
    row(BulkAction.CREATE, { deviceId: 'keyed', authentication: keys }),
    row(BulkAction.CREATE, { deviceId: 'keyed', moduleId: 'm1', authentication: keys }),
    row(BulkAction.CREATE, { deviceId: 'keyless', authentication: none }),
  );
  const { results } = await registry.bulk.regenerateKeys({
    hub: hub.name,
    keys: RegeneratedKeys.SECONDARY,
    identities: [{ deviceId: 'keyed', moduleId: 'm1' }, { deviceId: 'keyless' }],
  });
  const { authentication } = await get('keyed', 'm1');
  const { primaryKey, secondaryKey } = authentication!;
  expect(results).toEqual([
    { outcome: { $case: 'keys', value: { primaryKey, secondaryKey } } },
    {
      outcome: {
        $case: 'failure',
        value: {
          code: 'BulkRegenerateDeviceKeyOperationFailure',
          message: 'Authentication of type none has no keys.',
        },
      },
    },
  ]);
  expect(primaryKey).toBe(keys.primaryKey);
  expect(secondaryKey).not.toBe(keys.secondaryKey);
  expect((await get('keyed')).authentication).toEqual(keys);
  await expect(
    registry.bulk.regenerateKeys({
      hub: hub.name,
      keys: RegeneratedKeys.UNSPECIFIED,
      identities: [{ deviceId: 'keyed' }],
    }),
  ).rejects.toMatchObject({ code: 'InvalidPolicyKey' });
});

test('a hundred rows are counted, and one line of the log', async () => {
  const other = await createHub(registry);
  const ids = Array.from({ length: 100 }, (_, index) => `d${index}`);
  const rows = ids.map((deviceId) => row(BulkAction.CREATE, { deviceId }));
  const { results } = await registry.bulk.applyRows({ hub: other.name, rows });
  expect(results).toEqual(ids.map(() => ({})));
  const { totalDeviceCount } = await registry.identities.getStatistics({ hub: other.name });
  expect(totalDeviceCount).toBe(100n);
  expect(registry.log.filter((line) => line.includes('identities changed')).at(-1)).toContain(
    '"created":100,"updated":0,"deleted":0,"failed":0',
  );
});

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { IdentityStatus } from '@linchpin/contracts';
import { KeyCipher, type MasterKey } from '@linchpin/platform/sealing';
import { sql } from 'kysely';
import { resealKeys } from '../src/postgres/reseal-keys.js';
import { identityPlace, keptPlace, sealKeys } from '../src/postgres/sealed-keys.js';
import { testMasterKey as oldKey } from './support/postgres-stores.js';
import { createHub, definition, sasKeys, withToken, type ActiveHub } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(30_000);

const newKey: MasterKey = { id: 'k2', key: Buffer.alloc(32, 8) };
const keys = sasKeys(1);

let deployment: TestDeployment;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  const registry = await deployment.start({ masterKeys: [oldKey] });
  hub = await createHub(registry);
  for (const deviceId of ['a', 'b', 'c']) {
    await create(registry, deviceId);
  }
  await create(registry, 'a', 'm');
  await registry.stop();
});

afterAll(() => deployment.close());

const create = ({ identities }: TestRegistry, deviceId: string, moduleId?: string) =>
  identities.createIdentity({
    hub: hub.name,
    definition: definition({ deviceId, moduleId, authentication: keys }),
  });

const authenticate = ({ identities }: TestRegistry, deviceId: string) =>
  identities.authenticateDevice(withToken(hub, deviceId, { key: keys.primaryKey }));

async function masterKeysInUse(): Promise<Record<string, number>> {
  const { rows } = await sql<{ id: string; rows: number }>`
    select encode(substring(primary_key from 2 for get_byte(primary_key, 0)), 'escape') as id,
           count(*)::int as rows
    from (select primary_key from identities
          union all select kept_properties from hubs
          union all select primary_key from shared_access_policies) as keys
    group by 1`.execute(deployment.database.db);
  return Object.fromEntries(rows.map(({ id, rows: count }) => [id, count]));
}

test('nothing in the tables is a key', async () => {
  const { rows } = await sql<{ row: string }>`
    select identities::text as row from identities
    union all select hubs::text from hubs
    union all select shared_access_policies::text from shared_access_policies`.execute(
    deployment.database.db,
  );
  const text = rows.map(({ row }) => row).join('\n');
  const secrets = [keys.primaryKey, ...Object.values(hub.policyKeys)];
  for (const secret of secrets) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret, 'base64').toString('hex'));
    expect(text).not.toContain(Buffer.from(secret).toString('hex'));
  }
});

test('a sealed key that is moved to another row or column opens nothing', async () => {
  const registry = await deployment.start();
  const { db } = deployment.database;
  const swap = (statement: ReturnType<typeof sql>) => statement.execute(db);
  await create(registry, 'victim');
  await swap(sql`update identities set primary_key = (
    select primary_key from identities where device_id = 'b') where device_id = 'victim'`);
  await expect(authenticate(registry, 'victim')).rejects.toMatchObject({ code: 'ServerError' });

  await create(registry, 'turned');
  await swap(sql`update identities set primary_key = secondary_key, secondary_key = primary_key
                 where device_id = 'turned'`);
  await expect(authenticate(registry, 'turned')).rejects.toMatchObject({ code: 'ServerError' });
  expect(registry.log.join('')).toContain('or the row was changed by hand');

  // Whoever owns the hub can still be rid of it.
  for (const deviceId of ['victim', 'turned']) {
    await registry.identities.deleteIdentity({ hub: hub.name, deviceId });
  }
  await registry.stop();
});

test('a master key that is missing, or another under its name, keeps the process from starting', async () => {
  await expect(deployment.start({ masterKeys: [newKey] })).rejects.toThrow(
    'A key is sealed under the master key "k1", which LINCHPIN_MASTER_KEYS lacks',
  );
  const impostor = { id: oldKey.id, key: newKey.key };
  await expect(deployment.start({ masterKeys: [impostor] })).rejects.toThrow(
    'either it is another key',
  );
});

test('a new master key seals what is written, and the old one still opens the rest', async () => {
  const registry = await deployment.start({ masterKeys: [newKey, oldKey] });
  expect(await masterKeysInUse()).toEqual({ k1: 10 });
  await registry.identities.updateIdentity({
    hub: hub.name,
    definition: definition({ deviceId: 'b', authentication: keys, status: IdentityStatus.ENABLED }),
    ifMatch: '*',
  });
  expect(await masterKeysInUse()).toEqual({ k1: 9, k2: 1 });
  for (const deviceId of ['a', 'b', 'c']) {
    expect(await authenticate(registry, deviceId)).toMatchObject({ hub: hub.name });
  }
  await registry.stop();
});

test('resealing takes the old one out of use while devices connect, and changes no tag', async () => {
  const registry = await deployment.start({ masterKeys: [newKey, oldKey] });
  const list = () => registry.identities.listDevices({ hub: hub.name, limit: 10 });
  const before = await list();
  const connecting = Promise.all(
    Array.from({ length: 50 }, (_, index) => authenticate(registry, 'abc'.charAt(index % 3))),
  );

  const cipher = new KeyCipher([newKey, oldKey]);
  expect(await resealKeys(deployment.database.db, cipher)).toEqual({
    kept: 1,
    policies: 5,
    identities: 3,
  });

  await connecting;
  expect(await masterKeysInUse()).toEqual({ k2: 10 });
  expect(await list()).toEqual(before);
  expect(await resealKeys(deployment.database.db, cipher)).toEqual({
    policies: 0,
    identities: 0,
    kept: 0,
  });
  await registry.stop();

  const withoutOld = await deployment.start({ masterKeys: [newKey] });
  expect(await authenticate(withoutOld, 'a')).toMatchObject({ hub: hub.name });
  await withoutOld.stop();
});

describe('a rotation that stopped half way shows at the start without the old key', () => {
  const oldCipher = new KeyCipher([oldKey]);

  afterEach(async () => {
    await resealKeys(deployment.database.db, new KeyCipher([newKey, oldKey]));
  });

  const requireOldKey = () =>
    expect(deployment.start({ masterKeys: [newKey] })).rejects.toThrow(
      'sealed under the master key "k1", which LINCHPIN_MASTER_KEYS lacks',
    );

  test('within the identities', async () => {
    const { db } = deployment.database;
    const { generation_id } = await db
      .selectFrom('identities')
      .select('generation_id')
      .where('device_id', '=', 'c')
      .executeTakeFirstOrThrow();
    const place = identityPlace(hub.name, { deviceId: 'c', moduleId: undefined }, generation_id);
    await db
      .updateTable('identities')
      .set(sealKeys(oldCipher, keys, place))
      .where('device_id', '=', 'c')
      .execute();
    await requireOldKey();
  });

  test('within what hubs only keep', async () => {
    await deployment.database.db
      .updateTable('hubs')
      .set({ kept_properties: oldCipher.seal('{}', keptPlace(hub.name)) })
      .execute();
    await requireOldKey();
  });
});

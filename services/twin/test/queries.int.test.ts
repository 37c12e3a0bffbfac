/** Queries over gRPC, over real tables (query-language.md part A, service-rest.md section 8). */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { QueryRowKind } from '@linchpin/contracts';
import { sql } from 'kysely';
import type { ShownTwinParts } from '../src/domain/twin-query-store.js';
import { insertTwins } from './support/inserted-twins.js';
import {
  askingAll,
  askingOf,
  hubWith,
  idsOf,
  named,
  names,
  rowsOf,
} from './support/queried-twins.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestHub,
  type TestTwin,
} from './support/start-test-twin.js';

let deployment: TestDeployment;
let twin: TestTwin;
let another: TestTwin;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  twin = await deployment.start();
  another = await deployment.start();
});

afterAll(() => deployment.close());

const devices = 'SELECT * FROM devices';

const hubOf = (twins: readonly ShownTwinParts[]): Promise<TestHub> => hubWith(deployment, twins);
const ask = askingOf(() => twin);
const askAll = askingAll(ask);

describe('rows', () => {
  test('are what a read of the twin shows, to the byte', async () => {
    const device = deployment.newDevice();
    await twin.update(device, {
      tagsJson: '{"b":1.50,"a":{"__proto__":"x"},"é":"😀"}',
      desiredJson: '{"rate":5}',
    });
    const answer = await ask(device, "SELECT * FROM devices WHERE tags.[[a]].[[__proto__]] = 'x'");
    expect(answer.rowsJson).toBe(`[${JSON.stringify(await twin.get(device))}]`);
    expect(answer.rowKind).toBe(QueryRowKind.TWIN);
  });

  test('of a projection have what is named', async () => {
    const hub = await hubOf([named('d1', { floor: 1 }), named('d2')]);
    const answer = await ask(hub, 'SELECT DeviceId, tags.floor AS f FROM devices');
    expect(answer).toEqual({
      rowsJson: '[{"deviceId":"d1","f":1},{"deviceId":"d2"}]',
      rowKind: QueryRowKind.RAW,
      continuation: undefined,
    });
  });

  test('of groups are one page, whatever its size', async () => {
    const hub = await hubOf(names(5).map((name, index) => named(name, { parity: index % 2 })));
    const text = 'SELECT tags.parity AS p, COUNT() AS n FROM devices GROUP BY tags.parity';
    const answer = await ask(hub, text, { pageSize: 1 });
    expect(rowsOf(answer)).toEqual([
      { p: 0, n: 3 },
      { p: 1, n: 2 },
    ]);
    expect(answer.continuation).toBeUndefined();
    const top = await ask(hub, text.replace('SELECT', 'SELECT TOP 1'));
    expect(rowsOf(top)).toEqual([{ p: 0, n: 3 }]);
  });

  test('query-language 16: of a count over nothing are one', async () => {
    const answer = await ask(await hubOf([]), 'SELECT COUNT() AS n FROM devices');
    expect(answer).toMatchObject({ rowsJson: '[{"n":0}]', rowKind: QueryRowKind.RAW });
  });

  test('query-language 19: of modules are in devices.modules alone', async () => {
    const hub = await hubOf([named('d1'), named('d1', {}, 'm1'), named('d2', {}, 'm1')]);
    expect(idsOf(await ask(hub, devices))).toEqual(['d1']);
    expect(rowsOf(await ask(hub, 'SELECT * FROM devices.modules'))).toMatchObject([
      { deviceId: 'd1', moduleId: 'm1' },
      { deviceId: 'd2', moduleId: 'm1' },
    ]);
  });

  test('of another hub are never there', async () => {
    const hub = await hubOf([named('mine', { site: 'A' })]);
    await hubOf([named('theirs', { site: 'A' })]);
    expect(idsOf(await ask(hub, devices))).toEqual(['mine']);
    expect(idsOf(await ask(hub, "SELECT * FROM devices WHERE tags.site = 'A'"))).toEqual(['mine']);
    expect(rowsOf(await ask(hub, 'SELECT COUNT() AS n FROM devices'))).toEqual([{ n: 1 }]);
    const none = { ...hub, hubGeneration: '9999' };
    expect(idsOf(await ask(none, devices))).toEqual([]);
  });

  test('more than 1,000 groups are too many', async () => {
    const hub = await hubOf([named('d1')]);
    await deployment.database.db.transaction().execute(async (db) => {
      await sql`
        with made as (
          insert into identities (hub_generation, hub, device_id, module_id, generation_id, etag, status,
            authentication_type, iot_edge, parent_scopes)
          select ${hub.hubGeneration}, 'h', 'g' || number, '', number, 'e', 'enabled', 'sas', false, '{}'
          from generate_series(1, 1000) as number returning twin_id
        )
        insert into twins (twin_id, hub_generation, version, etag_counter, tags, desired, desired_metadata,
          desired_version)
        select twin_id, ${hub.hubGeneration}, 2, 1, jsonb_build_object('n', twin_id), '{}', '{}', 1 from made`.execute(
        db,
      );
    });
    const text = 'SELECT tags.n, COUNT() AS c FROM devices GROUP BY tags.n';
    await expect(ask(hub, text)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringContaining('There are more than 1000 groups'),
    });
    expect(rowsOf(await ask(hub, text.replace('SELECT', 'SELECT TOP 1000')))).toHaveLength(1_000);
  });
});

describe('pages', () => {
  test('query-language 3: of one row over two twins have a continuation, and the last has none', async () => {
    const hub = await hubOf([named('d1'), named('d2')]);
    const first = await ask(hub, devices, { pageSize: 1 });
    const second = await ask(hub, devices, { pageSize: 1, continuation: first.continuation });
    expect([idsOf(first), idsOf(second)]).toEqual([['d1'], ['d2']]);
    expect(first.continuation).toMatch(/^[\w.-]{1,300}$/);
    expect(second.continuation).toBeUndefined();
  });

  test('have at most 1,000 rows, and as many without a size', async () => {
    const hub = await hubOf(names(1_001).map((name) => named(name)));
    for (const page of [{}, { pageSize: 5_000 }]) {
      const answer = await ask(hub, 'SELECT deviceId FROM devices', page);
      expect(idsOf(answer)).toHaveLength(1_000);
      expect(answer.continuation).toBeDefined();
    }
  });

  test('query-language 5: may change their size, process and key on the way', async () => {
    const hub = await hubOf(names(9).map((name) => named(name)));
    const first = await ask(hub, devices, { pageSize: 2 });
    const request = { hub: hub.hub, hubGeneration: hub.hubGeneration, query: devices };
    const second = await another.query({
      ...request,
      pageSize: 5,
      continuation: first.continuation,
    });
    const third = await deployment.start({
      masterKeys: [
        { id: 'k2', key: Buffer.alloc(32, 9) },
        { id: 'k1', key: Buffer.alloc(32, 7) },
      ],
    });
    const last = await third.query({ ...request, continuation: second.continuation });
    expect([first, second, last].flatMap(idsOf)).toEqual(names(9));
    expect(last.continuation).toBeUndefined();
    await third.stop();
  });

  test('miss none that stayed and show none twice, while others come, change and go', async () => {
    const stay = names(40).map((name) => `${name}-stays`);
    const hub = await hubOf(names(40).flatMap((name) => [named(name), named(`${name}-stays`)]));
    const { db } = deployment.database;
    const seen = await askAll(hub, devices, 7, async (page) => {
      const goes = names(40)[page * 3];
      await db
        .deleteFrom('identities')
        .where('hub_generation', '=', hub.hubGeneration)
        .where('device_id', '=', goes ?? '')
        .execute();
      await insertTwins(db, hub.hubGeneration, [
        named(`a-${page}`),
        named(`d${String(page * 4).padStart(3, '0')}-x`),
        named(`z-${page}`),
      ]);
      await db
        .updateTable('twins')
        .set({ tags: JSON.stringify({ page }), version: sql`version + 1` })
        .where('hub_generation', '=', hub.hubGeneration)
        .execute();
    });
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(stay));
    expect(seen).toContain('z-1');
  });

  test('of modules go on within a device', async () => {
    const hub = await hubOf(
      ['d1', 'd2'].flatMap((name) => ['a', 'b', 'c'].map((module) => named(name, {}, module))),
    );
    const seen = await askAll(hub, 'SELECT * FROM devices.modules', 2);
    expect(seen).toEqual(['d1', 'd1', 'd1', 'd2', 'd2', 'd2']);
  });

  test('end with what TOP has left', async () => {
    const hub = await hubOf(names(9).map((name) => named(name)));
    const top = (count: number): Promise<unknown[]> =>
      askAll(hub, `SELECT TOP ${count} * FROM devices`, 2);
    expect(await top(0)).toEqual([]);
    expect(await top(4)).toEqual(names(4));
    expect(await top(5)).toEqual(names(5));
    expect(await top(99)).toEqual(names(9));
  });
});

describe('query-language 4: a continuation', () => {
  test.each<[string, (token: string, hub: TestHub) => Promise<unknown>]>([
    ['of another query', (token, hub) => ask(hub, `${devices} `, { continuation: token })],
    ['of another hub', async (token) => ask(await hubOf([]), devices, { continuation: token })],
    ['that is garbled', (token, hub) => ask(hub, devices, { continuation: `x${token}` })],
    ['that is cut', (token, hub) => ask(hub, devices, { continuation: token.slice(0, -3) })],
    ['that is none', (_token, hub) => ask(hub, devices, { continuation: '' })],
    [
      'for groups',
      (token, hub) => ask(hub, 'SELECT COUNT() FROM devices', { continuation: token }),
    ],
  ])('%s is refused', async (_what, send) => {
    const hub = await hubOf([named('d1'), named('d2')]);
    const { continuation } = await ask(hub, devices, { pageSize: 1 });
    await expect(send(continuation ?? '', hub)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringContaining('The continuation is not of this query'),
    });
  });
});

describe('what is refused', () => {
  test.each([
    [`${devices} ORDER BY deviceId`, 'Line 1, column 23: ORDER is not part of this language.'],
    ['', 'Line 1, column 1: There should be SELECT'],
    [devices.padEnd(8_193), 'This query has 8193 characters; at most 8192 are allowed.'],
  ])('%.30j', async (text, message) => {
    await expect(ask(await hubOf([]), text)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringMatching(
        new RegExp(
          `^The query is invalid\\. Please check the format.*${message.replace(/\./g, '\\.')}`,
        ),
      ),
    });
  });

  test('jobs, until they are served', async () => {
    await expect(ask(await hubOf([]), 'SELECT * FROM devices.jobs')).rejects.toMatchObject({
      code: 'FeatureNotSupported',
      message: 'devices.jobs: jobs are not served yet.',
    });
  });

  test('a page without rows', async () => {
    await expect(ask(await hubOf([]), devices, { pageSize: 0 })).rejects.toMatchObject({
      code: 'ArgumentInvalid',
    });
  });
});

test('a query that takes too long is ended and says so; others go on meanwhile', async () => {
  const hub = await hubOf([named('d1')]);
  const other = await hubOf([named('d2')]);
  const { db } = deployment.database;
  await db.transaction().execute(async (transaction) => {
    await sql`lock table reported_properties in access exclusive mode`.execute(transaction);
    const slow = Array.from({ length: 10 }, () =>
      ask(hub, `${devices} WHERE IS_DEFINED(properties.reported.x)`).catch(
        (error: unknown) => error,
      ),
    );
    expect(rowsOf(await ask(other, 'SELECT COUNT() AS n FROM devices'))).toEqual([{ n: 1 }]);
    const ends = await Promise.all(slow);
    expect(ends).toContainEqual(
      expect.objectContaining({
        code: 'GatewayTimeout',
        message: expect.stringContaining('The query was ended after 8 s.'),
      }),
    );
    expect(ends).toContainEqual(expect.objectContaining({ code: 'ServiceUnavailable' }));
  });
  expect(idsOf(await ask(hub, devices))).toEqual(['d1']);
});

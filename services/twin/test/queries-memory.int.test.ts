/** What queries over much hold in memory, over real tables (query-language.md part A). */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parseQuery } from '@linchpin/query';
import type { ShownTwinParts } from '../src/domain/twin-query-store.js';
import { freshTwin } from '../src/domain/twin.js';
import { PostgresTwinQueries } from '../src/postgres/postgres-twin-queries.js';
import { askingAll, askingOf, hubWith, named, names, rowsOf } from './support/queried-twins.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestHub,
  type TestTwin,
} from './support/start-test-twin.js';

let deployment: TestDeployment;
let twin: TestTwin;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  twin = await deployment.start();
});

afterAll(() => deployment.close());

const devices = 'SELECT * FROM devices';

const hubOf = (twins: readonly ShownTwinParts[]): Promise<TestHub> => hubWith(deployment, twins);
const ask = askingOf(() => twin);
const askAll = askingAll(ask);

test('pages end at 4 MiB, however many rows were asked for', async () => {
  const large = Object.fromEntries(names(8).map((name) => [name, 'x'.repeat(4_000)]));
  const twins = names(200).map((name) => ({
    ...named(name),
    twin: { ...freshTwin, reported: { document: large, metadata: {}, version: 2 } },
  }));
  const hub = await hubOf(twins);
  const first = await ask(hub, devices);
  expect(first.rowsJson.length).toBeGreaterThan(4_194_304);
  expect(first.rowsJson.length).toBeLessThan(4_194_304 + 40_000);
  expect(await askAll(hub, devices, 1_000)).toEqual(names(200));
});

describe('of many twins whole', () => {
  /** Some 1.2 MB as PostgreSQL writes them, some 24 KB as they came. */
  const digits = { document: { n: Array<number>(4_000).fill(1e300) }, metadata: {}, version: 2 };
  const swollen = names(30).map((name) => ({
    ...named(name),
    twin: { ...freshTwin, reported: digits },
  }));

  test('so many are read at once as have the bytes, every digit counted, and the first in any case', async () => {
    const { hubGeneration } = await hubOf(swollen);
    const { db } = deployment.database;
    const store = new PostgresTwinQueries(db);
    const found = await store.find(hubGeneration, parseQuery(devices), {
      after: { deviceId: '', moduleId: '' },
      limit: 100,
    });
    const read = async (bytesMax: number): Promise<number> =>
      (
        await store.read(
          found.map(({ id }) => id),
          bytesMax,
        )
      ).size;
    expect(await Promise.all([1, 1_300_000, 3_500_000, 1_000_000_000].map(read))).toEqual([
      ...[1, 2, 3, 30],
    ]);
  });

  test('all come', async () => {
    const hub = await hubOf(swollen);
    expect(await askAll(hub, devices, 1_000)).toEqual(names(30));
  });
});

describe('what has many copies of much', () => {
  const many = (attribute: string): string =>
    Array.from({ length: 64 }, (_, index) => `${attribute} AS c${index}`).join(', ');

  test('groups of more than 4 MiB are refused, and those of less are not', async () => {
    // As large as a string can be that counts for nothing: its JSON has 24 KB.
    const text = '\u0001'.repeat(4_000);
    const hub = await hubOf(names(10).map((name) => named(name, { a: `${text}${name}` })));
    const grouped = (count: number): string =>
      `SELECT ${many('tags.a')} FROM devices WHERE deviceId < 'd00${count}' GROUP BY tags.a`;

    expect(rowsOf(await ask(hub, grouped(2)))).toHaveLength(2);
    await expect(ask(hub, grouped(5))).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringMatching(/^The groups have more than 4194304 bytes/),
    });
    expect(
      rowsOf(await ask(hub, `SELECT COUNT() FROM devices WHERE deviceId = 'none' GROUP BY status`)),
    ).toEqual([]);
  });

  test('a row of more than 8 MiB is refused', async () => {
    const members = names(40).map((name) => [name, '\u0001'.repeat(1_000)] as const);
    const hub = await hubOf([named('d1', Object.fromEntries(members))]);
    await expect(ask(hub, `SELECT ${many('tags')} FROM devices`)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringMatching(/^A row has \d+ bytes, more than 8388608/),
    });
    expect(rowsOf(await ask(hub, 'SELECT tags.d001 FROM devices'))).toHaveLength(1);
  });
});

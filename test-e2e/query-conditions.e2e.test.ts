/** What conditions find and selections answer in a whole hub (query-language.md sections A2 to A6). */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createHub, type ServiceAccess } from './support/administration.js';
import { createDevice, createModule } from './support/registry.js';
import { askTwins, runQuery } from './support/twin-requests.js';

/** Of its own, so that counts are of these twins alone. */
let access: ServiceAccess;

const tags = {
  red: { colour: 'red', level: 80, at: { x: 1 }, group: 'g', 'a-b': 1 },
  blue: { colour: 'blue', level: '80', at: { x: 1 } },
  plain: {},
};

beforeAll(async () => {
  const name = `conditions-${randomUUID().slice(0, 8)}`;
  access = await createHub(name, `${name}.example.net`);
  for (const [deviceId, ofDevice] of Object.entries(tags)) {
    await createDevice(deviceId, {}, access);
    await tag(deviceId, ofDevice);
  }
  await createModule('red', 'lamp', {}, access);
  await tag('red/modules/lamp', tags.red);
});

async function tag(twin: string, of: object): Promise<void> {
  const { status } = await askTwins(`/twins/${twin}`, {
    method: 'PATCH',
    body: { tags: of },
    access,
  });
  expect(status).toBe(200);
}

async function rowsOf(query: string): Promise<unknown[]> {
  const { status, text } = await runQuery(query, {}, access);
  expect([status, text]).toEqual([200, expect.stringMatching(/^\[/)]);
  return JSON.parse(text) as unknown[];
}

test.each([
  ['query-language 6: IN takes a list in square brackets', "tags.colour IN ['red', 'x']", ['red']],
  ['query-language 6: IN in lower case', 'tags.level in [80, 81]', ['red']],
  ['query-language 6: and its opposite', "tags.colour NiN ['red']", ['blue']],
  ['query-language 7: STARTSWITH', "STARTSWITH(tags.colour, 're')", ['red']],
  ['query-language 10: what is missing is not unlike', "tags.colour != 'red'", ['blue']],
  ['query-language 11: what is missing', 'NOT IS_DEFINED(tags.colour)', ['plain']],
  ['query-language 12: the text 80', "tags.level = '80'", ['blue']],
  ['query-language 12: the number 80', 'tags.level = 80', ['red']],
  ['query-language 13: objects are not compared', 'tags.at = tags.at', []],
  ['query-language 13: nor unlike', 'tags.at != tags.at', []],
  ['query-language 15: a word of the language', "tags.[[group]] = 'g'", ['red']],
  ['query-language 15: a key with a hyphen', 'tags.[[a-b]] = 1', ['red']],
  [
    'query-language 20: who was never active was so before now',
    `lastActivityTime < '${new Date().toISOString()}'`,
    ['blue', 'plain', 'red'],
  ],
  ['query-language 20: and not after', "lastActivityTime > '2000-01-01'", []],
])('%s: %s', async (_, condition, ids) => {
  const rows = await rowsOf(`SELECT deviceId FROM devices WHERE ${condition}`);

  expect(rows).toEqual(ids.map((deviceId) => ({ deviceId })));
});

test('query-language 16: a count of nothing is one row', async () => {
  expect(await rowsOf("SELECT COUNT() AS n FROM devices WHERE tags.colour = 'green'")).toEqual([
    { n: 0 },
  ]);
});

test('query-language 17: groups have the keys that are asked for', async () => {
  const query = 'SELECT tags.colour AS c, COUNT() AS n FROM devices GROUP BY tags.colour';
  const rows = await rowsOf(query);

  expect(rows).toHaveLength(3);
  expect(rows).toEqual(expect.arrayContaining([{ c: 'red', n: 1 }, { c: 'blue', n: 1 }, { n: 1 }]));
});

test('query-language 19: twins of modules are in devices.modules, and nowhere else', async () => {
  expect(await rowsOf('SELECT deviceId, moduleId FROM devices.modules')).toEqual([
    { deviceId: 'red', moduleId: 'lamp' },
  ]);
  expect(await rowsOf('SELECT deviceId, moduleId FROM devices')).toEqual([
    { deviceId: 'blue' },
    { deviceId: 'plain' },
    { deviceId: 'red' },
  ]);
});

describe('what is refused', () => {
  test.each([
    ['query-language 6: IN with parentheses', 'SELECT * FROM devices WHERE tags.level IN (80)'],
    ['query-language 6: NIN with them', 'SELECT * FROM devices WHERE tags.level nin (80)'],
    ['query-language 7: STARTS_WITH', "SELECT * FROM devices WHERE STARTS_WITH(deviceId, 'r')"],
    ['query-language 18: of devices.jobs all but whole rows', 'SELECT jobId FROM devices.jobs'],
  ])('%s: %s', async (_, query) => {
    const { status, headers, text } = await runQuery(query, {}, access);

    expect([status, headers.get('iothub-errorcode')]).toEqual([400, 'ArgumentInvalid']);
    expect(text).toContain('The query is invalid.');
  });
});

/** Queries over REST (service-rest.md section 8, query-language.md A1 and A8). */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createDevice } from './support/registry.js';
import { askTwins, runQuery } from './support/twin-requests.js';

const site = `site-${randomUUID()}`;
const ids = Array.from({ length: 5 }, (_, index) => `q-${index}-${site}`);
const where = `WHERE tags.site = '${site}'`;
const all = `SELECT * FROM devices ${where}`;

beforeAll(async () => {
  for (const id of ids) {
    await createDevice(id);
    await askTwins(`/twins/${id}`, { method: 'PATCH', body: { tags: { site } } });
  }
});

interface Row {
  readonly deviceId: string;
}

/** All pages of a query; `pageSizes` one after the other, the last for the rest. */
async function pagesOf(query: string, ...pageSizes: number[]): Promise<Row[][]> {
  const pages: Row[][] = [];
  let continuation: string | null = '';
  while (continuation !== null) {
    const size = pageSizes[Math.min(pages.length, pageSizes.length - 1)];
    const { status, headers, text } = await runQuery(query, {
      ...(size !== undefined && { 'x-ms-max-item-count': String(size) }),
      ...(continuation !== '' && { 'x-ms-continuation': continuation }),
    });
    expect([status, headers.get('x-ms-item-type')]).toEqual([200, expect.any(String)]);
    pages.push(JSON.parse(text) as Row[]);
    continuation = headers.get('x-ms-continuation');
  }
  return pages;
}

const idsOf = (rows: readonly Row[]) => rows.map(({ deviceId }) => deviceId).sort();

describe('pages', () => {
  test('service-rest 40, query-language 2: the last has no continuation, not even an empty one', async () => {
    const { headers, text } = await runQuery(all);

    expect(idsOf(JSON.parse(text) as Row[])).toEqual(ids);
    expect(headers.has('x-ms-continuation')).toBe(false);
  });

  test('query-language 3: of one row each show each row once', async () => {
    const pages = await pagesOf(all, 1);

    expect(pages.slice(0, 5).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
    expect(idsOf(pages.flat())).toEqual(ids);
  });

  test('service-rest 42: may have other sizes on the way', async () => {
    const pages = await pagesOf(all, 2, 1, 1000);

    expect(pages.map(({ length }) => length)).toEqual([2, 1, 2]);
    expect(idsOf(pages.flat())).toEqual(ids);
  });

  test.each([
    ['of another query', `${all} AND deviceId != 'x'`, (token: string) => token],
    ['that was changed', all, (token: string) => flip(token)],
    ['that is garbage', all, () => 'garbage'],
    ['that is too long', all, (token: string) => token.repeat(40)],
  ])('query-language 4: a continuation %s is 400', async (_, query, change) => {
    const { headers } = await runQuery(all, { 'x-ms-max-item-count': '1' });
    const token = change(headers.get('x-ms-continuation') ?? '');
    const { status, text } = await runQuery(query, { 'x-ms-continuation': token });

    expect([status, text]).toEqual([
      400,
      expect.stringContaining('"Message":"ErrorCode:ArgumentInvalid;'),
    ]);
  });
});

/** Another last character but one: of the last, base64 may ignore bits. */
function flip(token: string): string {
  const at = token.length - 2;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

describe('service-rest 41, query-language 1: the type of rows', () => {
  test.each([
    [all, 'Twin'],
    [`SELECT * FROM devices.modules ${where}`, 'Twin'],
    [`SELECT deviceId FROM devices ${where}`, 'Raw'],
    [`SELECT COUNT() AS n FROM devices ${where}`, 'Raw'],
    ['SELECT * FROM devices WHERE tags.nobody = 1', 'Twin'],
  ])('%s: %s', async (query, type) => {
    expect((await runQuery(query)).headers.get('x-ms-item-type')).toBe(type);
  });
});

test('a row of SELECT * is the twin, byte for byte', async () => {
  const id = ids[0] ?? '';
  const { text } = await runQuery(`SELECT * FROM devices WHERE deviceId = '${id}'`);

  expect(text).toBe(`[${(await askTwins(`/twins/${id}`)).text}]`);
});

test('service-rest 43, query-language 14: names come back as they are documented', async () => {
  const { text } = await runQuery(`SELECT DeviceId FROM devices WHERE DEVICEID = '${ids[0]}'`);

  expect(JSON.parse(text)).toEqual([{ deviceId: ids[0] }]);
});

const refused = 'The query is invalid. Please check the format of the query and try again.';

test.each([
  ['ORDER BY', `${all} ORDER BY deviceId`],
  ['DISTINCT', 'SELECT DISTINCT tags.site FROM devices'],
  ['JOIN', 'SELECT * FROM devices JOIN devices.modules'],
  ['LIKE', "SELECT * FROM devices WHERE deviceId LIKE 'a%'"],
  ['another source', 'SELECT * FROM twins'],
  ['a function of routes', "SELECT * FROM devices WHERE STARTS_WITH(deviceId, 'q')"],
  ['two statements', `${all}; DROP TABLE twins`],
  ['a quote that does not end', "SELECT * FROM devices WHERE deviceId = 'a"],
  ['nothing', ''],
])('query-language 8: %s is 400 in the documented words', async (_, query) => {
  const { status, headers, text } = await runQuery(query);
  const { Message } = JSON.parse(text) as { Message: string };

  expect([status, headers.get('iothub-errorcode')]).toEqual([400, 'ArgumentInvalid']);
  expect(Message).toMatch(`ErrorCode:ArgumentInvalid;${refused}`);
});

test('service-rest 44, query-language 9: 8,192 characters are run, one more is 400', async () => {
  const longest = all.padEnd(8_192);

  expect((await runQuery(longest)).status).toBe(200);
  expect((await runQuery(`${longest} `)).status).toBe(400);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QueryRowKind } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import { askAs, type Answer } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api.stop());

const query = 'SELECT * FROM devices';

function run(
  body: unknown = { query },
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return askAs(api, 'service', { method: 'POST', path: '/devices/query', body, headers });
}

const lastRequest = () => api.registry.queries.requests.at(-1);
const requestCount = () => api.registry.queries.requests.length;

describe('rows', () => {
  test('come as the twin service wrote them, with their type', async () => {
    const rowsJson = '[{"deviceId":"d1", "version":4503599627370495.0,"__proto__":1e400}]';
    api.registry.queries.answer = { rowsJson, rowKind: QueryRowKind.RAW };
    const { status, headers, text } = await run({ query, parameters: null, type: 'twin' });

    expect([status, text]).toEqual([200, rowsJson]);
    expect(headers).toMatchObject({
      'x-ms-item-type': 'Raw',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(lastRequest()).toEqual({
      hub: 'Test',
      hubGeneration: '7',
      query,
      pageSize: undefined,
      continuation: undefined,
    });
  });

  test('query-language 1: of none there is a type as well, and no continuation', async () => {
    api.registry.queries.answer = { rowsJson: '[]', rowKind: QueryRowKind.TWIN };
    const { headers, text } = await run();

    expect([text, headers['x-ms-item-type']]).toEqual(['[]', 'Twin']);
    expect(headers).not.toHaveProperty('x-ms-continuation');
  });

  test('of a page that is not the last have a continuation, which comes back as it was', async () => {
    const continuation = `token+/=${'x'.repeat(7_000)}`;
    api.registry.queries.answer = { rowsJson: '[]', rowKind: QueryRowKind.TWIN, continuation };
    const first = await run({ query }, { 'x-ms-max-item-count': '2' });
    expect(lastRequest()).toMatchObject({ pageSize: 2, continuation: undefined });
    await run({ query }, { 'x-ms-continuation': first.headers['x-ms-continuation'] as string });

    expect(lastRequest()).toMatchObject({ pageSize: undefined, continuation });
  });
});

test.each([
  ['1', 1],
  ['1000', 1000],
  ['99999999999999999999', 1_000_000],
  ['', undefined],
])('x-ms-max-item-count %s asks for %s rows', async (count, pageSize) => {
  await run({ query }, { 'x-ms-max-item-count': count });

  expect(lastRequest()?.pageSize).toBe(pageSize);
});

test('an empty continuation is none', async () => {
  await run({ query }, { 'x-ms-continuation': '' });

  expect(lastRequest()?.continuation).toBeUndefined();
});

test.each([
  ['no query', {}, {}, 'ArgumentNull;BadRequest'],
  ['no body', '', {}, 'ArgumentNull;BadRequest'],
  ['a query that is null', { query: null }, {}, 'ArgumentNull;BadRequest'],
  ['a query that is a number', { query: 5 }, {}, 'ArgumentInvalid;query: '],
  ['a body that is an array', [], {}, 'ArgumentInvalid;The body: '],
  ['a body that is no JSON', '{"query"', {}, 'DeserializationError;The body '],
  ['a count of 0', { query }, { 'x-ms-max-item-count': '0' }, 'ArgumentInvalid;x-ms-max-item-c'],
  ['a count below', { query }, { 'x-ms-max-item-count': '-1' }, 'ArgumentInvalid;x-ms-max-item-c'],
  ['a count in words', { query }, { 'x-ms-max-item-count': 'ten' }, 'ArgumentInvalid;x-ms-max-i'],
])('%s is 400 and is not run', async (_, body, headers, message) => {
  const before = requestCount();
  const { status, json } = await run(body, headers);

  expect([status, json.Message.slice(0, 'ErrorCode:'.length + message.length)]).toEqual([
    400,
    `ErrorCode:${message}`,
  ]);
  expect(requestCount()).toBe(before);
});

test('what the service says of a query is told in shape A', async () => {
  const message = 'The query is invalid. Please check the format of the query and try again.';
  api.registry.queries.answer = new HubError('ArgumentInvalid', message);

  expect((await run()).json).toEqual({
    Message: `ErrorCode:ArgumentInvalid;${message}`,
    ExceptionMessage: expect.stringMatching(/^Tracking ID:\w{32}-G:0-TimeStamp:/),
  });
});

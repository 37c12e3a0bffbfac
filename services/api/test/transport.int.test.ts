/** What service-rest.md sections 1.1 to 1.6 and 17 say of requests and answers on any path. */
import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HubError, percentDecode } from '@linchpin/wire';
import { apiVersion, ask, askAs, sendRaw } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

test.each([
  ['/devices', 'without one'],
  ['/devices?api-version=', 'with an empty one'],
  ['/devices?api-version=soon', 'with no date'],
  ['/devices?api-version=2015-01-01', 'with one before the first'],
  ['/devices?api-version=2021-04-13', 'with one that nobody has sent'],
  ['/twins/d1?x=1', 'without one on a path of the nested shape'],
])('service-rest 66: %s, %s, is InvalidProtocolVersion', async (path) => {
  const { status, headers } = await ask(api, {
    path,
    headers: { authorization: api.tokenOf('iothubowner') },
  });

  expect([status, headers['iothub-errorcode']]).toEqual([400, 'InvalidProtocolVersion']);
});

test.each(['2016-11-14', '2019-10-01', '2020-09-30', '2017-11-08-preview', '2024-03-31'])(
  'the api-version %s is taken',
  async (version) => {
    const path = `/devices?API-Version=${version}`;

    expect((await askAs(api, 'iothubowner', { path })).status).toBe(200);
  },
);

test('literals of a path match in any letter case, encoded or not', async () => {
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/Mixed', body: {} });

  for (const path of ['/DEVICES/Mixed', '/Devices/Mixed/', '/%64evices/M%69xed']) {
    expect((await askAs(api, 'iothubowner', { path })).json.deviceId).toBe('Mixed');
  }
});

test.each([
  ['GET /nope', 404, 'GenericNotFound', 'legacy'],
  ['GET /', 404, 'GenericNotFound', 'legacy'],
  ['GET /twins/a/b/c', 404, 'GenericNotFound', 'nested'],
  ['GET /subscriptions/s', 404, 'GenericNotFound', 'arm'],
  ['PATCH /devices/d1', 405, 'GenericMethodNotAllowed', 'legacy'],
  ['DELETE /twins/d1', 405, 'GenericMethodNotAllowed', 'nested'],
  ['OPTIONS /devices', 405, 'GenericMethodNotAllowed', 'legacy'],
  ['TRACE /devices', 405, 'GenericMethodNotAllowed', 'legacy'],
] as const)('%s is %i %s in the %s shape', async (line, status, code, shape) => {
  const [method = '', path = ''] = line.split(' ');
  const answer = await ask(api, { method, path });
  const shapes = {
    legacy: {
      Message: expect.stringMatching(`^ErrorCode:${code};.`),
      ExceptionMessage: expect.stringMatching(/^Tracking ID:/),
    },
    nested: {
      Message: expect.stringMatching(`^{"errorCode":${status}000,`),
      ExceptionMessage: '',
    },
    arm: {
      code,
      httpStatusCode: String(status),
      message: expect.any(String),
      details: expect.stringMatching(/^Tracking ID:/),
      error: { code, message: expect.any(String) },
    },
  };

  expect(answer.status).toBe(status);
  expect(answer.headers['iothub-errorcode']).toBe(code);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.json).toEqual(shapes[shape]);
});

test('405 says which methods the path has', async () => {
  const { headers } = await ask(api, { method: 'PATCH', path: '/devices/d1' });

  expect(headers.allow).toBe('DELETE, GET, PUT');
});

test('service-rest 39: POST with an override is PATCH; no other method is overridden', async () => {
  const twin = { path: '/twins/d1', body: {} };
  const headers = { 'x-http-method-override': 'patch' };
  const patched = await askAs(api, 'service', { ...twin, method: 'POST', headers });
  const plain = await askAs(api, 'service', { ...twin, method: 'POST' });
  const put = await askAs(api, 'iothubowner', {
    method: 'PUT',
    path: '/devices/override',
    headers: { 'x-http-method-override': 'DELETE' },
    body: {},
  });

  expect(patched.headers['iothub-errorcode']).toBe('DeviceNotFound');
  expect(plain.headers['iothub-errorcode']).toBe('GenericMethodNotAllowed');
  expect(put.status).toBe(200);
});

test.each([
  undefined,
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON;Charset="UTF-8"',
  'application/json-patch+json',
  'application/ld+json',
])('a body of the type %s is read', async (type) => {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  const id = `type-${(type ?? '').length}-${(type ?? '').charCodeAt(0)}`;

  expect(
    (await askAs(api, 'iothubowner', { method: 'PUT', path: `/devices/${id}`, headers, body: {} }))
      .status,
  ).toBe(200);
});

test.each([
  { 'content-type': 'text/xml' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-encoding': 'gzip' },
])('a body with %j is 415', async (headers) => {
  const put = { method: 'PUT', path: '/devices/typed', headers, body: {} };
  const answer = await askAs(api, 'iothubowner', put);

  expect(answer.status).toBe(415);
  expect(answer.headers['iothub-errorcode']).toBe('GenericUnsupportedMediaType');
});

test('a byte order mark is no part of the JSON, and no body at all is an empty object', async () => {
  const put = { method: 'PUT', path: '/devices/bom' };
  const headers = { 'if-match': '*' };

  expect(
    (await askAs(api, 'iothubowner', { ...put, body: '\uFEFF{"deviceId":"bom"}' })).status,
  ).toBe(200);
  expect((await askAs(api, 'iothubowner', { ...put, headers })).status).toBe(200);
});

test('every answer has a request id of its own, and an error names it in its tracking id', async () => {
  const first = await ask(api, { path: '/devices' });
  const second = await askAs(api, 'iothubowner', { path: '/devices' });
  const id = String(first.headers['x-ms-request-id']);

  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(second.headers['x-ms-request-id']).toMatch(/^[0-9a-f]{32}$/);
  expect(second.headers['x-ms-request-id']).not.toBe(id);
  expect(first.text).toContain(id);
});

test('answers with keys are stored nowhere, and say nothing of the software', async () => {
  const { headers } = await askAs(api, 'iothubowner', { path: '/devices' });

  expect(headers['cache-control']).toBe('no-store');
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).not.toHaveProperty('server');
  expect(headers).not.toHaveProperty('etag');
});

test('a connection serves one request after the other', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const before = api.log.length;
  for (let count = 0; count < 5; count++) {
    await ask(api, { path: count % 2 === 0 ? `/devices?${apiVersion}` : '/nope', agent });
  }
  const sockets = Object.values(agent.freeSockets).flat();
  agent.destroy();

  expect(sockets).toHaveLength(1);
  expect(api.log.slice(before)).toHaveLength(5);
});

test('If-None-Match is no reason not to answer', async () => {
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/cached', body: {} });
  const { headers } = await askAs(api, 'iothubowner', { path: '/devices/cached' });
  const again = await askAs(api, 'iothubowner', {
    path: '/devices/cached',
    headers: { 'if-none-match': String(headers.etag) },
  });

  expect(again.status).toBe(200);
});

test('a HubError of the registry is answered with its code, text and time to wait', async () => {
  api.registry.failure = new HubError('ThrottlingException', 'Too many operations', {
    retryAfterMs: 1_500,
  });
  const { status, headers, json } = await askAs(api, 'iothubowner', { path: '/devices' });
  api.registry.failure = undefined;

  expect(status).toBe(429);
  expect(headers['retry-after']).toBe('2');
  expect(json.Message).toBe('ErrorCode:ThrottlingException;Too many operations');
});

test('a fault of ours is 500 and says nothing of itself', async () => {
  api.registry.failure = new TypeError('the secret lies under the mat');
  const { status, headers, text } = await askAs(api, 'iothubowner', { path: '/devices' });
  api.registry.failure = undefined;

  expect([status, headers['iothub-errorcode']]).toEqual([500, 'ServerError']);
  expect(text).not.toContain('mat');
});

test('security-limits 23: a raw % or # from a client that does not encode is part of the id', async () => {
  const authorization = api.tokenOf('iothubowner');
  for (const id of ['50%', 'a#b', '100%zz', "x'(y)!*"]) {
    const head = `PUT /devices/${id}?${apiVersion} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n`;
    const { text } = await sendRaw(
      api,
      `${head}Authorization: ${authorization}\r\nContent-Length: 2\r\n\r\n{}`,
    );

    expect(text).toContain(`{"deviceId":"${percentDecode(id)}"`);
  }
});

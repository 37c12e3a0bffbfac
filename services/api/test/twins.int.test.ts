import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@linchpin/testing';
import { askAs, type Answer, type Question, errorOf } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  const owner = { method: 'PUT', body: {} };
  await askAs(api, 'iothubowner', { ...owner, path: '/devices/d1' });
  await askAs(api, 'iothubowner', { ...owner, path: '/devices/d1/modules/$m1' });
  await askAs(api, 'iothubowner', { ...owner, path: '/devices/a%25b' });
});

afterAll(() => api.stop());

function ask(question: Question): Promise<Answer> {
  return askAs(api, 'service', question);
}

const lastChange = () => api.registry.twins.changes.at(-1);
const changeCount = () => api.registry.twins.changes.length;

describe('a twin that is read', () => {
  test('comes as the service that keeps it wrote it, with its tag in the header', async () => {
    const { json, etag } = await api.registry.twins.get(
      { hub: 'Test', hubGeneration: '7' },
      { deviceId: 'd1' },
    );
    const { status, headers, text } = await ask({ path: '/twins/d1' });

    expect([status, text]).toEqual([200, json]);
    expect(headers).toMatchObject({
      etag: `"${etag}"`,
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
  });

  test('may be that of a module, whose id comes encoded or not', async () => {
    for (const path of ['/twins/d1/modules/$m1', '/TWINS/d1/Modules/%24m1/']) {
      expect((await ask({ path })).json).toMatchObject({ deviceId: 'd1', moduleId: '$m1' });
    }
  });

  test('is that of the id in the path, decoded once', async () => {
    expect((await ask({ path: '/twins/a%25b' })).json.deviceId).toBe('a%b');
    expect(errorOf(await ask({ path: '/twins/d1%2Fmodules%2F$m1' }))).toEqual([
      400,
      'ArgumentInvalid',
      400004,
    ]);
  });
});

test('nobody has a twin who is not registered', async () => {
  const body = { tags: {} };

  expect(errorOf(await ask({ path: '/twins/none' }))).toEqual([404, 'DeviceNotFound', 404001]);
  expect(errorOf(await ask({ method: 'PATCH', path: '/twins/d1/modules/none', body }))).toEqual([
    404,
    'ModuleNotFound',
    404010,
  ]);
});

describe('a change', () => {
  test('goes to the hub of the caller, as it was written, and is answered with the twin', async () => {
    const tags = '{"__proto__":{"a":1}, "n":4503599627370495.0, "é":1.50e1,"gone":null}';
    const { status, headers, json } = await ask({
      method: 'PATCH',
      path: '/twins/d1/modules/$m1',
      body: `{"properties":{"desired":{"rate":[ 5 ]}},\n"tags":${tags}}`,
    });

    expect(lastChange()).toEqual({
      hub: { hub: 'Test', hubGeneration: '7' },
      identity: { deviceId: 'd1', moduleId: '$m1' },
      mode: 'patch',
      tagsJson: tags,
      desiredJson: '{"rate":[ 5 ]}',
      ifMatch: undefined,
    });
    expect(status).toBe(200);
    expect(headers.etag).toBe(`"${json.etag}"`);
    expect(json).toMatchObject({ moduleId: '$m1', properties: { desired: { rate: [5] } } });
  });

  test('is a replacement with PUT, of what stands in the body alone', async () => {
    await ask({ method: 'PUT', path: '/twins/d1', body: { tags: { site: 'A' } } });

    expect(lastChange()).toMatchObject({
      mode: 'replace',
      tagsJson: '{"site":"A"}',
      desiredJson: undefined,
    });
  });

  test('service-rest 39: may come as a POST that says PATCH, as Java sends it', async () => {
    const post = { method: 'POST', path: '/twins/d1', body: { tags: { java: 1 } } };
    const patched = await ask({ ...post, headers: { 'x-http-method-override': 'PATCH' } });

    expect([patched.status, lastChange()]).toMatchObject([200, { mode: 'patch' }]);
    expect((await ask(post)).headers).toMatchObject({
      'iothub-errorcode': 'GenericMethodNotAllowed',
      allow: 'GET, PATCH, PUT',
    });
  });

  test('service-rest 35: of a whole twin that is sent back takes what a back end may change', async () => {
    const { text } = await ask({ path: '/twins/d1' });
    const whole = JSON.parse(text) as object;
    const body = {
      ...{ ...whole, deviceId: 'other', etag: 'stale', version: null, status: 'disabled' },
      connectionState: 5,
      properties: { desired: { $version: 99, a: 1 }, reported: { never: 1 } },
    };
    const { status, json } = await ask({ method: 'PATCH', path: '/twins/d1', body });

    expect(status).toBe(200);
    expect(lastChange()?.identity.deviceId).toBe('d1');
    expect(json.properties).toMatchObject({ reported: { $version: 1 } });
  });

  test.each([
    ['{"tags":null,"properties":{"desired":null}}', 'null', 'null'],
    ['{"tags": {} ,"properties":null}', '{}', undefined],
    ['{"properties":{}}', undefined, undefined],
    ['{"tags":{"a":1},"tags":{"b":2},"Tags":5}', '{"b":2}', undefined],
    ['{}', undefined, undefined],
    ['', undefined, undefined],
    ['\ufeff{"tags":{}}', '{}', undefined],
  ])('%s: tags %s, desired %s', async (body, tagsJson, desiredJson) => {
    const { status } = await ask({ method: 'PATCH', path: '/twins/d1', body });

    expect(status).toBe(200);
    expect(lastChange()).toMatchObject({ tagsJson, desiredJson });
  });

  test.each([
    ['[]', 'The body'],
    ['"x"', 'The body'],
    ['null', 'The body'],
    ['{"tags":[]}', 'tags'],
    ['{"tags":"{}"}', 'tags'],
    ['{"properties":[]}', 'properties'],
    ['{"properties":{"desired":5}}', 'properties.desired'],
    ['{"tags":{}', 'The body'],
  ])('%s is no twin: 400, and nothing is asked for', async (body, named) => {
    const before = changeCount();
    const answer = await ask({ method: 'PUT', path: '/twins/d1', body });

    expect(errorOf(answer)).toEqual([400, 'ArgumentInvalid', 400004]);
    expect(answer.json.Message).toContain(`"message":"${named}`);
    expect(changeCount()).toBe(before);
  });
});

describe('If-Match', () => {
  const patch = { method: 'PATCH', path: '/twins/d1', body: { tags: {} } };

  test.each(['*', '"*"', 'W/"*"'])('%s is whatever tag the twin has', async (tag) => {
    expect((await ask({ ...patch, headers: { 'if-match': tag } })).status).toBe(200);
    expect(lastChange()?.ifMatch).toBe('*');
  });

  test('service-rest 6: holds for the tag with quotes and without', async () => {
    for (const quote of ['', '"']) {
      const { etag } = (await ask({ path: '/twins/d1' })).json;
      const headers = { 'if-match': quote + etag + quote };

      expect((await ask({ ...patch, headers })).status).toBe(200);
      // It was changed meanwhile.
      expect(errorOf(await ask({ ...patch, headers }))).toEqual([
        412,
        'PreconditionFailed',
        412001,
      ]);
    }
  });
});

test('a body of the longest is taken, however deep, and one byte more is not', async () => {
  const longest = 1024 * 1024;
  const frame = '{"tags":{},"properties":{"reported":}}';
  const levels = (longest - frame.length) / 2;
  const reported = '['.repeat(levels) + ']'.repeat(levels);
  const body = frame.replace('reported":', `reported":${reported}`);

  expect((await ask({ method: 'PATCH', path: '/twins/d1', body })).status).toBe(200);
  expect(errorOf(await ask({ method: 'PATCH', path: '/twins/d1', body: `${body} ` }))).toEqual([
    413,
    'GenericRequestEntityTooLarge',
    413000,
  ]);
});

test('while the twin service is away, twins are 503 and all else is served', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const lonely = await startTestApi({ LINCHPIN_TWIN_ADDRESS: address });
  const patch = { method: 'PATCH', path: '/twins/d1', body: {} };

  expect((await askAs(lonely, 'iothubowner', { path: '/devices' })).status).toBe(200);
  expect(errorOf(await askAs(lonely, 'service', patch))).toEqual([
    503,
    'ServiceUnavailable',
    503001,
  ]);
  await lonely.stop();
});

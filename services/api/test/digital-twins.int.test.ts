import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask as askBare, askAs, type Answer, type Question, errorOf } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

const hub = { hub: 'Test', hubGeneration: '7' };
const device = { deviceId: 'pump%1' };
const path = '/digitaltwins/pump%251';

beforeAll(async () => {
  api = await startTestApi();
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/pump%251', body: {} });
  const reported = { serial: 'x1', motor: { __t: 'c', rpm: { value: 5, ac: 200, av: 1 } } };
  api.registry.twins.report(hub, device, 'dtmi:com:example:Pump;1', reported);
});

afterAll(() => api.stop());

function ask(question: Question): Promise<Answer> {
  return askAs(api, 'service', question);
}

function patch(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask({ method: 'PATCH', path, body, headers });
}

const lastChange = () => api.registry.twins.changes.at(-1);

describe('service-rest 62: a digital twin', () => {
  test('is read in the terms of its model', async () => {
    const { etag } = await api.registry.twins.get(hub, device);
    const { status, headers, json } = await ask({ path });

    expect([status, headers.etag]).toEqual([200, `"${etag}"`]);
    expect(json).toEqual({
      $dtId: 'pump%1',
      serial: 'x1',
      motor: { rpm: 5, $metadata: { rpm: { ackVersion: 1, ackCode: 200 } } },
      $metadata: { $model: 'dtmi:com:example:Pump;1', serial: {} },
    });
  });

  test('is changed with exactly 202, a tag, its place and no body', async () => {
    const { status, headers, text } = await patch([
      { op: 'add', path: '/motor', value: { goal: 7, $metadata: {} } },
      { op: 'replace', path: '/name', value: 'north' },
    ]);
    const { etag } = await api.registry.twins.get(hub, device);

    expect([status, text]).toEqual([202, '']);
    expect(headers).toMatchObject({
      etag: `"${etag}"`,
      location: `https://127.0.0.1:${api.port}/digitaltwins/pump%251`,
      'content-length': '0',
    });
    expect(lastChange()).toMatchObject({ identity: device, mode: 'patch', tagsJson: undefined });
    expect(JSON.parse(lastChange()?.desiredJson ?? '')).toEqual({
      motor: { __t: 'c', goal: 7 },
      name: 'north',
    });
  });

  test.each(['application/json-patch+json', 'application/ld+json', 'application/json'])(
    'takes %s, as SDKs send it, and a raw star',
    async (type) => {
      const headers = { 'content-type': type, 'if-match': '*' };

      expect((await patch([{ op: 'remove', path: '/name' }], headers)).status).toBe(202);
    },
  );
});

test.each([
  ['{"op":"add"', 400505, 'InvalidDigitalTwinJsonPatch', 'The body is not JSON'],
  ['{}', 400505, 'InvalidDigitalTwinJsonPatch', 'The body must be an array'],
  ['', 400505, 'InvalidDigitalTwinJsonPatch', 'The body must be an array'],
  ['[5]', 400505, 'InvalidDigitalTwinJsonPatch', '[0]: '],
  ['[{"op":"test","path":"/a","value":1}]', 400505, 'InvalidDigitalTwinJsonPatch', '[0].op: '],
  ['[{"op":"remove","path":"/a"},{"op":"add"}]', 400505, 'InvalidDigitalTwinJsonPatch', '[1].path'],
  ['[{"op":"add","path":"/a"}]', 400505, 'InvalidDigitalTwinJsonPatch', '[0].value: '],
  ['[{"op":"add","path":"/a","value":[]}]', 400507, 'InvalidDigitalTwinPatch', "'/a': "],
  ['[{"op":"add","path":"/motor","value":1}]', 400507, 'InvalidDigitalTwinPatch', "'motor' exists"],
  ['[{"op":"add","path":"/a/b/c","value":1}]', 400508, 'InvalidDigitalTwinPatchPath', "'/a/b/c': "],
])('%s is %i', async (body, number, name, message) => {
  const before = api.registry.twins.changes.length;
  const answer = await patch(body);

  expect(errorOf(answer)).toEqual([400, name, number]);
  expect(JSON.parse(answer.json.Message)).toMatchObject({
    message: expect.stringContaining(message),
  });
  expect(api.registry.twins.changes).toHaveLength(before);
});

test('another tag is 412, an unknown device 404', async () => {
  const body = [{ op: 'add', path: '/a', value: 1 }];

  expect(errorOf(await patch(body, { 'if-match': '"never"' }))).toEqual([
    412,
    'PreconditionFailed',
    412001,
  ]);
  expect(errorOf(await ask({ path: '/digitaltwins/none' }))).toEqual([
    404,
    'DeviceNotFound',
    404001,
  ]);
});

test('the deepest body is refused and harms nobody', async () => {
  const levels = 250_000;
  const value = '{"a":'.repeat(levels / 3) + '1' + '}'.repeat(levels / 3);
  const body = `[{"op":"add","path":"/a","value":${value}}]`;

  expect(errorOf(await patch(body))).toEqual([400, 'InvalidDigitalTwinPatch', 400507]);
});

test('Location is of the host and the path alone', async () => {
  const headers = { authorization: api.tokenOf('service'), host: 'a.example' };
  const body = [{ op: 'add', path: '/a', value: 1 }];
  const query = '?api-version=2020-09-30&x=%0d%0aX-Injected:%201';
  const answer = await askBare(api, { method: 'PATCH', path: path + query, headers, body });

  expect(answer.headers.location).toBe('https://a.example/digitaltwins/pump%251');
  expect(answer.headers).not.toHaveProperty('x-injected');
});

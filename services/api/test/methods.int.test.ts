import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { HubError } from '@linchpin/wire';
import { apiVersion, askAs, dial, type Answer, errorOf } from './support/exchange.js';
import { FakeMethods } from './support/fake-methods.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let methods: FakeMethods;
let api: TestApi;

beforeAll(async () => {
  methods = await FakeMethods.start();
  api = await startTestApi({ LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: methods.address });
});

afterEach(() => {
  methods.respond = FakeMethods.echo;
});

afterAll(async () => {
  await api.stop();
  methods.stop();
});

function invoke(body: unknown, path = '/twins/d1/methods'): Promise<Answer> {
  return askAs(api, 'service', { method: 'POST', path, body });
}

const lineOf = (id: string) => api.log.findLast(({ deviceId }) => deviceId === id);
const lastRequest = () => methods.requests.at(-1);
const reboot = { methodName: 'reboot' };

describe('a method', () => {
  test('goes to the device of the path, with the standard times', async () => {
    expect(await invoke(reboot)).toMatchObject({
      status: 200,
      text: '{"status":200,"payload":null}',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(lastRequest()).toEqual({
      hub: 'Test',
      hubGeneration: expect.stringMatching(/./),
      deviceId: 'd1',
      methodName: 'reboot',
      payloadJson: Buffer.from('null'),
      connectTimeoutSeconds: 0,
      responseTimeoutSeconds: 30,
    });
  });

  test.each([
    ['/twins/d1/modules/m1/methods', 'd1', 'm1'],
    ['/TWINS/d1/Modules/%24edgeAgent/METHODS/', 'd1', '$edgeAgent'],
    ['/twins/a%25b+c/modules/modules/methods', 'a%b+c', 'modules'],
    ['/twins/d1/modules/methods/methods', 'd1', 'methods'],
  ])('goes to the module of the path: %s', async (path, deviceId, moduleId) => {
    expect((await invoke(reboot, path)).status).toBe(200);
    expect(lastRequest()).toMatchObject({ deviceId, moduleId });
  });

  test.each([
    '/twins/d1/modules//methods',
    '/twins//methods',
    '/twins/d1/methods/extra',
    '/twins/d1/../d2/methods',
  ])('is none at another path: %s', async (path) => {
    const { length } = methods.requests;
    expect((await invoke(reboot, path)).status).toBe(404);
    expect(methods.requests).toHaveLength(length);
  });

  test('of an id with a slash in it is left to whoever knows that there is none', async () => {
    methods.respond = () => {
      throw new HubError('DeviceNotFound', 'There is no such device.');
    };
    expect(errorOf(await invoke(reboot, '/twins/d1%2Fmodules%2Fm1/methods'))[0]).toBe(404);
    expect(lastRequest()).toMatchObject({ deviceId: 'd1/modules/m1', moduleId: undefined });
  });

  test('answers with whatever status and bytes the device gave', async () => {
    for (const [status, payload] of [
      [500n, '{"a" : 1e400}'],
      [-1n, '"\\ud800"'],
      [404n, 'null'],
    ] as const) {
      methods.respond = () => ({ status, payloadJson: Buffer.from(payload) });
      expect(await invoke(reboot)).toMatchObject({
        status: 200,
        text: `{"status":${status},"payload":${payload}}`,
      });
    }
  });
});

describe('the payload', () => {
  test.each([
    '0',
    '-0.10E+1',
    '""',
    '"é\\u00e9"',
    'true',
    'null',
    '[]',
    '[ 1 , [ ] ]',
    '{ "a":1, "a":2, "__proto__":{ } }',
    '{"payload":"}"}',
    '1e400',
  ])('service-rest 48: may be any JSON, and goes as it is: %s', async (payload) => {
    const { text } = await invoke(`{"payload": ${payload}\n,"methodName":"m"}`);
    expect(lastRequest()?.payloadJson.toString()).toBe(payload);
    expect(text).toBe(`{"status":200,"payload":${payload}}`);
  });

  test('that is given twice counts the last time', async () => {
    await invoke('{"payload":1,"methodName":"m","p\\u0061yload":2}');
    expect(lastRequest()?.payloadJson.toString()).toBe('2');
  });

  test('security-limits 38: of 128 KB is taken, and no byte more', async () => {
    const text = (bytes: number) => `{"methodName":"m","payload":"${'é'.repeat(bytes / 2 - 1)}"}`;
    expect((await invoke(text(128 * 1024))).status).toBe(200);
    const { length } = methods.requests;
    expect(errorOf(await invoke(text(128 * 1024 + 2)))).toEqual([413, 'MessageTooLarge', 413001]);
    expect(methods.requests).toHaveLength(length);
  });

  test('may be as deep as it is long', async () => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000);
    expect((await invoke(`{"methodName":"m","payload":${deep}}`)).status).toBe(200);
    expect(lastRequest()?.payloadJson.toString()).toBe(deep);
  });
});

describe('what is wrong with a call is named', () => {
  test.each([
    ['{}', 'methodName'],
    ['', 'methodName'],
    ['{"methodName":""}', 'methodName'],
    ['{"methodName":null}', 'methodName'],
    ['{"methodName":7}', 'methodName'],
    [`{"methodName":"${'m'.repeat(129)}"}`, 'methodName'],
    ['{"methodName":"naïve"}', 'methodName'],
    ['{"methodName":"a\\u0000b"}', 'methodName'],
    ['{"methodName":"m","responseTimeoutInSeconds":4}', 'responseTimeoutInSeconds'],
    ['{"methodName":"m","responseTimeoutInSeconds":301}', 'responseTimeoutInSeconds'],
    ['{"methodName":"m","responseTimeoutInSeconds":5.5}', 'responseTimeoutInSeconds'],
    ['{"methodName":"m","responseTimeoutInSeconds":"3e1"}', 'responseTimeoutInSeconds'],
    ['{"methodName":"m","responseTimeoutInSeconds":""}', 'responseTimeoutInSeconds'],
    ['{"methodName":"m","connectTimeoutInSeconds":-1}', 'connectTimeoutInSeconds'],
    ['{"methodName":"m","connectTimeoutInSeconds":301}', 'connectTimeoutInSeconds'],
    ['{"methodName":"m","connectTimeoutInSeconds":1e99}', 'connectTimeoutInSeconds'],
    ['[]', 'The body'],
    ['"m"', 'The body'],
    ['{"methodName":"m"', 'The body'],
  ])('service-rest 48: %s', async (body, name) => {
    const { length } = methods.requests;
    const answer = await invoke(body);
    expect(errorOf(answer)).toEqual([400, 'ArgumentInvalid', 400004]);
    expect((JSON.parse(answer.json.Message) as { message: string }).message).toContain(name);
    expect(methods.requests).toHaveLength(length);
  });

  test.each([
    [5, 0],
    [300, 300],
    [null, null],
    ['30', '0'], // the az command writes them so
  ])('and times within their bounds are taken: %s, %s', async (response, connect) => {
    const times = { responseTimeoutInSeconds: response, connectTimeoutInSeconds: connect };
    expect((await invoke({ ...reboot, ...times, unknown: {} })).status).toBe(200);
    expect(lastRequest()).toMatchObject({
      responseTimeoutSeconds: Number(response ?? 30),
      connectTimeoutSeconds: Number(connect ?? 0),
    });
  });
});

describe('a method that fails', () => {
  test.each([
    ['DeviceNotFound', 404, 404001],
    ['ModuleNotFound', 404, 404010],
    ['DeviceNotOnline', 404, 404103],
    ['DeviceConnectionClosedRemotely', 404, 404104],
    ['DeviceMaximumInflightMethodExceeded', 403, 403800],
    ['GenericBadGateway', 502, 502000],
    ['GatewayTimeout', 504, 504101],
  ] as const)('is %s in the shape of its path', async (code, status, number) => {
    methods.respond = () => {
      throw new HubError(code, 'So it is.', { details: { timeout: '00:00:10' } });
    };
    const answer = await invoke(reboot);
    expect(errorOf(answer)).toEqual([status, code, number]);
    expect(JSON.parse(answer.json.Message)).toMatchObject({
      message: 'So it is.',
      info: { timeout: '00:00:10' },
    });
  });

  test('since nobody answers, is told before an SDK gives up', async () => {
    let isTakenBack = false;
    methods.respond = (_request, left) =>
      new Promise(() => {
        left.addEventListener('abort', () => {
          isTakenBack = true;
        });
      });
    const began = performance.now();
    const answer = await invoke({ ...reboot, responseTimeoutInSeconds: 5 });

    expect(errorOf(answer)).toEqual([504, 'GatewayTimeout', 504101]);
    expect(performance.now() - began).toBeGreaterThan(4_800);
    expect(performance.now() - began).toBeLessThan(5_000);
    await eventually(() => isTakenBack);
  }, 10_000);

  test('since the service is away, is 503, and all else is served', async () => {
    const away = await FakeMethods.start();
    away.stop();
    const lonely = await startTestApi({ LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: away.address });
    const question = { method: 'POST', path: '/twins/d1/methods', body: reboot };
    expect(errorOf(await askAs(lonely, 'service', question))).toEqual([
      503,
      'ServiceUnavailable',
      503001,
    ]);
    expect((await askAs(lonely, 'iothubowner', { path: '/devices' })).status).toBe(200);
    await lonely.stop();
  });
});

describe('a client that leaves', () => {
  test.each(['closes its connection', 'ends its side of it'])(
    'and %s takes the method back',
    async (how) => {
      let left: AbortSignal | undefined;
      methods.respond = (_request, signal) => {
        left = signal;
        return new Promise(() => undefined);
      };
      const body = JSON.stringify({ ...reboot, connectTimeoutInSeconds: 300 });
      const socket = await dial(api);
      socket.on('error', () => undefined);
      socket.write(
        `POST /twins/left/methods?${apiVersion} HTTP/1.1\r\nHost: hub\r\n` +
          `Authorization: ${api.tokenOf('service')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await eventually(() => left !== undefined);
      expect(left?.aborted).toBe(false);
      if (how === 'closes its connection') {
        socket.destroy();
      } else {
        socket.end();
      }

      await eventually(() => left?.aborted === true);
      await eventually(() => lineOf('left')?.['status'] === 499);
      socket.destroy();
    },
  );
});

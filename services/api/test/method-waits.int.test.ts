/** Methods may take ten minutes: what they leave to other requests, and what is left to them. */
import { Agent } from 'node:https';
import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { apiVersion, askAs, dial, readToEnd, type Answer } from './support/exchange.js';
import { FakeMethods } from './support/fake-methods.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let methods: FakeMethods;
let api: TestApi;
let answerAll: () => void;

async function start(variables: Record<string, string> = {}): Promise<void> {
  methods = await FakeMethods.start();
  const gate = new Promise<void>((resolve) => {
    answerAll = resolve;
  });
  methods.respond = async () => {
    await gate;
    return { status: 200n, payloadJson: Buffer.from('1') };
  };
  const address = { LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: methods.address };
  api = await startTestApi({ ...address, ...variables });
}

afterEach(async () => {
  await api.stop();
  methods.stop();
});

function invoke(payload: unknown = null, agent?: Agent): Promise<Answer> {
  const body = { methodName: 'm', payload, connectTimeoutInSeconds: 60 };
  const question = { method: 'POST', path: '/twins/d1/methods', body };
  return askAs(api, 'service', { ...question, ...(agent && { agent }) });
}

test('methods count by 4 KB; beyond the rate some wait, more are told when', async () => {
  await start();
  answerAll();
  api.registry.limits = { sku: 'S1', units: 1, unlimited: false };
  const agent = new Agent({ keepAlive: true, maxSockets: 110, ca: api.authority });
  // 160 KB a second, of which a minute may come at once: 72 of 132 KB.
  const answers = Array.from({ length: 110 }, () => invoke('x'.repeat(128 * 1024 - 2), agent));
  void Promise.allSettled(answers);
  const refused = await Promise.any(
    answers.map(async (answer) => {
      const { status, headers } = await answer;
      return status === 429 ? headers : Promise.reject(new Error('it was served'));
    }),
  );

  await eventually(() => methods.requests.length >= 72);
  expect(methods.requests.length).toBeLessThan(85);
  expect(refused['iothub-errorcode']).toBe('ThrottleBacklogLimitExceeded');
  expect(Number(refused['retry-after'])).toBeGreaterThan(0);
  agent.destroy();
}, 60_000);

test('an answer may come later than those of other requests', async () => {
  await start({ LINCHPIN_REQUEST_TIMEOUT_MS: '250', LINCHPIN_HEADERS_TIMEOUT_MS: '250' });
  // The second one on a connection, whose times have begun anew.
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: api.authority });
  await askAs(api, 'iothubowner', { path: '/devices', agent });
  const answer = invoke(null, agent);
  setTimeout(answerAll, 1_500);

  expect((await answer).text).toBe('{"status":200,"payload":1}');
  agent.destroy();
});

test('what waits for an answer before it on its connection is not late', async () => {
  await start({ LINCHPIN_REQUEST_TIMEOUT_MS: '250', LINCHPIN_HEADERS_TIMEOUT_MS: '250' });
  const socket = await dial(api);
  const owner = `Host: hub\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\n`;
  const body = '{"methodName":"m","connectTimeoutInSeconds":60}';
  const invocation = `POST /twins/d1/methods?${apiVersion} HTTP/1.1\r\n${owner}`;
  socket.write(`${invocation}Content-Length: ${body.length}\r\n\r\n${body}`);
  socket.write(`GET /devices?${apiVersion} HTTP/1.1\r\n${owner}Connection: close\r\n\r\n`);
  setTimeout(answerAll, 1_500);

  expect((await readToEnd(socket)).statuses).toEqual([200, 200]);
});

test('hundreds that wait leave memory for the requests of their hub', async () => {
  await start({ LINCHPIN_REQUESTS_MIB_MAX: '64' });
  const agent = new Agent({ maxSockets: Infinity, ca: api.authority });
  const waiting: Promise<Answer>[] = [];
  while (waiting.length < 600) {
    // A few at once: until it waits, a request may take more.
    waiting.push(...Array.from({ length: 50 }, () => invoke(null, agent)));
    await eventually(() => methods.requests.length === waiting.length);
  }

  expect((await askAs(api, 'iothubowner', { path: '/devices' })).status).toBe(200);
  answerAll();
  const answers = await Promise.all(waiting);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  agent.destroy();
}, 60_000);

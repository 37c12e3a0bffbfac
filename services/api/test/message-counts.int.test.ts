import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { askAs, type Answer } from './support/exchange.js';
import { FakeMessages } from './support/fake-messages.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let messages: FakeMessages;
let api: TestApi;

beforeAll(async () => {
  messages = await FakeMessages.start();
  api = await startTestApi({ LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: messages.address });
  await put('/devices/d1');
  await put('/devices/dev2');
  await put('/devices/d1/modules/m1');
});

afterEach(() => {
  messages.count = FakeMessages.countById;
});

afterAll(async () => {
  await api.stop();
  messages.stop();
});

function put(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return askAs(api, 'iothubowner', { method: 'PUT', path, headers, body: {} });
}

function get(path: string): Promise<Answer> {
  return askAs(api, 'iothubowner', { path });
}

const countsOf = ({ text }: Answer): string[] =>
  [...text.matchAll(/"cloudToDeviceMessageCount":(\d+)/g)].map(([, count]) => String(count));

test.each([
  ['/devices/d1', ['2']],
  ['/devices', ['2', '4']],
  ['/devices/d1/modules', ['4']],
  ['/devices/d1/modules/m1', ['4']],
  ['/twins/dev2', ['4']],
  ['/twins/d1/modules/m1', ['4']],
])('GET %s shows how many messages wait, asked for once', async (path, expected) => {
  const { length } = messages.counted;
  const answer = await get(path);
  expect([answer.status, countsOf(answer)]).toEqual([200, expected]);
  expect(messages.counted).toHaveLength(length + 1);
});

test('they are those of the identity that has the id now', async () => {
  const { json } = await get('/devices/d1');
  const receiver = { deviceId: 'd1', moduleId: undefined, generationId: json.generationId };
  await get('/twins/d1');
  for (const request of messages.counted.slice(-2)) {
    expect(request).toEqual({ hub: 'Test', hubGeneration: '7', receivers: [receiver] });
  }
});

test('an update shows them, too, and what is new has none', async () => {
  expect(countsOf(await put('/devices/d1', { 'if-match': '*' }))).toEqual(['2']);
  const tags = { method: 'PATCH', path: '/twins/d1', body: { tags: { a: 1 } } };
  expect(countsOf(await askAs(api, 'iothubowner', tags))).toEqual(['2']);
  const { length } = messages.counted;
  expect(countsOf(await put('/devices/another'))).toEqual(['0']);
  expect(messages.counted).toHaveLength(length);
  await askAs(api, 'iothubowner', { method: 'DELETE', path: '/devices/another' });
});

test('a list without devices asks nothing', async () => {
  const { length } = messages.counted;
  expect((await get('/devices/dev2/modules')).text).toBe('[]');
  expect(messages.counted).toHaveLength(length);
});

async function uncounted(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${api.probePort}/metrics`);
  const [, count] = /linchpin_api_uncounted_messages_total (\d+)/.exec(await answer.text()) ?? [];
  return Number(count);
}

test('while nobody can tell, answers come all the same, with 0', async () => {
  const before = await uncounted();
  messages.count = () => {
    throw new HubError('ServiceUnavailable', 'Not now.');
  };
  expect(countsOf(await get('/devices'))).toEqual(['0', '0']);
  expect(countsOf(await get('/twins/d1'))).toEqual(['0']);
  expect(await uncounted()).toBe(before + 2);
});

test('who hangs is waited for a second', async () => {
  messages.count = () => new Promise(() => undefined);
  const begunMs = performance.now();
  expect(countsOf(await get('/devices/d1'))).toEqual(['0']);
  expect(performance.now() - begunMs).toBeLessThan(3_000);
});

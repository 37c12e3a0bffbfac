/** Times and connections: each limit ends what breaks it, with a code where one can still be sent. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { apiVersion, askAs, dial, readToEnd, sendRaw } from './support/exchange.js';
import { fillWithLargeList } from './support/large-list.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;
let owner: string;

beforeAll(async () => {
  api = await startTestApi({
    LINCHPIN_HANDSHAKE_TIMEOUT_MS: '300',
    LINCHPIN_HEADERS_TIMEOUT_MS: '400',
    LINCHPIN_REQUEST_TIMEOUT_MS: '800',
    LINCHPIN_KEEP_ALIVE_TIMEOUT_MS: '200',
    LINCHPIN_CONNECTIONS_MAX: '20',
  });
  owner = `Host: hub\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\n`;
});

afterAll(async () => {
  await api.stop();
});

test.each([
  ['nothing', ''],
  ['half a header', 'GET /devices HTTP/1.1\r\nHost'],
])('a connection that sends %s is told 408', async (_, bytes) => {
  const { statuses, text } = await sendRaw(api, bytes);

  expect(statuses).toEqual([408]);
  expect(text).toContain('ErrorCode:RequestTimedOut;');
});

test('slowloris: a header that comes byte by byte is told 408', async () => {
  const socket = await dial(api);
  const timer = setInterval(() => socket.write('X'), 50);
  socket.write('GET /devices HTTP/1.1\r\n');
  socket.on('error', () => undefined);
  const { statuses } = await readToEnd(socket);
  clearInterval(timer);

  expect(statuses).toEqual([408]);
});

test('a body that never ends to come is told 408', async () => {
  const head = `PUT /devices/slow?${apiVersion} HTTP/1.1\r\n${owner}`;
  const { statuses } = await sendRaw(api, `${head}Content-Length: 200\r\n\r\n{`);

  expect(statuses).toEqual([408]);
  await expect(askAs(api, 'iothubowner', { path: '/devices/slow' })).resolves.toMatchObject({
    status: 404,
  });
});

test('a body that comes byte by byte is told 408', async () => {
  const socket = await dial(api);
  socket.on('error', () => undefined);
  socket.write(`PUT /devices/slow?${apiVersion} HTTP/1.1\r\n${owner}Content-Length: 200\r\n\r\n{`);
  const timer = setInterval(() => socket.write(' '), 50);
  const { statuses } = await readToEnd(socket);
  clearInterval(timer);

  expect(statuses).toEqual([408]);
});

test('an answer that is taken little by little ends after two request timeouts', async () => {
  fillWithLargeList(api.hub);
  const socket = await dial(api);
  socket.on('error', () => undefined);
  socket.write(`GET /devices?api-version=2024-03-31 HTTP/1.1\r\n${owner}\r\n`);
  const timer = setInterval(() => socket.read(1_000) as unknown, 20);

  const hasEnded = () =>
    api.log.some(({ reason }) => reason === 'an answer that was not taken in time');
  await expect(eventually(hasEnded, 4_000)).resolves.toBeUndefined();
  clearInterval(timer);
  socket.destroy();
  api.hub.identities.clear();
});

test('a connection without a request is ended after its time', async () => {
  const { statuses, text } = await sendRaw(api, `GET /nope HTTP/1.1\r\nHost: hub\r\n\r\n`);

  expect(statuses).toEqual([404]);
  expect(text).toMatch(/^connection: keep-alive\r$/im);
});

test('a handshake that does not go on is ended', async () => {
  const socket = connectTcp(api.port, '127.0.0.1');
  const before = Date.now();
  await once(socket, 'close');

  // Without the variable it is 10 s.
  expect(Date.now() - before).toBeLessThan(5_000);
});

test('more connections than are allowed are dropped, those that are open go on', async () => {
  const sockets = Array.from({ length: 20 }, () => connectTcp(api.port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const [first] = sockets;
  const late = connectTcp(api.port, '127.0.0.1');
  await once(late, 'close');

  expect(first?.destroyed).toBe(false);
  sockets.forEach((socket) => socket.destroy());
});

test('one address has its own bound, and room again when a connection ends', async () => {
  const bounded = await startTestApi({ LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX: '2' });
  const open = async () => {
    const socket = connectTcp(bounded.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const [first, second] = [await open(), await open()];
  await once(await open(), 'close');
  first.destroy();
  await once(first, 'close');

  expect((await askAs(bounded, 'iothubowner', { path: '/devices' })).status).toBe(200);
  expect(second.destroyed).toBe(false);
  second.destroy();
  await bounded.stop();
});

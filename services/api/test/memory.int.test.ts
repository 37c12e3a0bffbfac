/** What clients send in part, and what they don't take: its sum is bounded, and each hub has its share. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { collectGarbage, eventually } from '@linchpin/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiVersion, ask, askAs, dial } from './support/exchange.js';
import { fillWithLargeList } from './support/large-list.js';
import { startTestApi, tokenOf, type TestApi } from './support/start-test-api.js';

const megabyte = 1024 * 1024;
let api: TestApi;
let owner: string;
/** A request of another hub, whoever floods this one. */
let other: { path: string; headers: Record<string, string> };

beforeAll(async () => {
  api = await startTestApi({ LINCHPIN_REQUESTS_MIB_MAX: '64' });
  owner = `Host: hub\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\n`;
  const hub = api.registry.addHub({
    ...{ name: 'Other', subscriptionId: 'sub', resourceGroup: 'group', location: 'local' },
    hostNames: ['other.example'],
  });
  const authorization = tokenOf(hub, 'iothubowner', 'other.example');
  other = { path: `/devices?${apiVersion}`, headers: { authorization } };
});

afterAll(async () => {
  await api.stop();
});

/** The first that comes back for a request: its status line and the header. */
async function firstAnswer(socket: TLSSocket, request: string): Promise<string> {
  socket.write(request);
  await once(socket, 'readable');
  // What is there: the rest waits for whoever sent it.
  return (socket.read() as Buffer | null)?.toString('latin1') ?? '';
}

async function dialAll(count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  for (let index = 0; index < count; index++) {
    sockets.push(await dial(api));
  }
  return sockets;
}

/** Cuts a connection while the registry lists for each of the requests that were sent on it at once. */
async function cutWhileListing(requests: number): Promise<void> {
  const listed = latch();
  const { registry } = api;
  registry.calls.length = 0;
  registry.gate = listed.opened;
  registry.gatedRpc = 'ListDevices';
  const socket = await dial(api);
  socket.write(`GET /devices?api-version=2024-03-31 HTTP/1.1\r\n${owner}\r\n`.repeat(requests));
  await calledOften('ListDevices', requests);
  socket.destroy();
  registry.gate = Promise.resolve();
  registry.gatedRpc = undefined;
  listed.open();
}

async function calledOften(rpc: string, times: number): Promise<void> {
  const { calls } = api.registry;
  await eventually(() => calls.filter(({ path }) => path.endsWith(`/${rpc}`)).length === times);
}

function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    opened,
    open: () => {
      open();
    },
  };
}

/** Begins a body, with a token of its hub. */
async function sendTinyChunks(socket: TLSSocket, count: number): Promise<void> {
  const head = `PUT /devices/tiny?${apiVersion} HTTP/1.1\r\n${owner}Transfer-Encoding: chunked\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + '1\r\n \r\n'.repeat(count), resolve));
}

/** Without garbage, once what came before has settled. The api is in this process. */
async function heldBytes(): Promise<number> {
  let held = Infinity;
  let before;
  do {
    before = held;
    await delay(200);
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    held = heapUsed + external;
  } while (Math.abs(before - held) > megabyte);
  return held;
}

async function servedAgain(): Promise<void> {
  await eventually(
    async () => (await askAs(api, 'iothubowner', { path: '/devices/none' })).status === 404,
  );
}

test.each([
  ['Content-Length', `Content-Length: ${megabyte}`],
  ['chunks', 'Transfer-Encoding: chunked'],
])('bodies of half the memory (%s) are 503 for their hub, not for another', async (_, length) => {
  const sockets = await dialAll(34);
  const statuses: string[] = [];
  for (const socket of sockets) {
    const head = `PUT /devices/held?${apiVersion} HTTP/1.1\r\n${owner}${length}\r\n`;
    const answer = await firstAnswer(socket, `${head}Expect: 100-continue\r\n\r\n`);
    statuses.push(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 503'.length));
  }
  const refused = await askAs(api, 'iothubowner', { path: '/devices/none' });

  expect(statuses).toEqual([...Array<string>(32).fill('100'), '503', '503']);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  expect(refused.headers['iothub-errorcode']).toBe('ServiceUnavailable');
  expect((await ask(api, other)).status).toBe(200);
  sockets.forEach((socket) => socket.destroy());
  await servedAgain();
});

test('answers that nobody takes are 503 for their hub, not for another', async () => {
  fillWithLargeList(api.hub);
  const sockets = await dialAll(4);
  const get = `GET /devices?api-version=2024-03-31 HTTP/1.1\r\n${owner}\r\n`;
  const statuses: string[] = [];
  for (const socket of sockets) {
    const answer = await firstAnswer(socket, get);
    statuses.push(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 503'.length));
  }

  expect(statuses).toEqual(['200', '200', '503', '503']);
  expect((await ask(api, other)).status).toBe(200);
  sockets.forEach((socket) => socket.destroy());
  await servedAgain();
});

test.each([
  ['lists that a client left before they came', 2, 1],
  ['requests that wait behind others on a cut connection', 2, 4],
])('%s give all of the memory back, and a line each tells of them', async (_, times, requests) => {
  const isCutList = ({ operation, status }: Record<string, unknown>): boolean =>
    operation === 'ListDevices' && status === 499;
  fillWithLargeList(api.hub);
  const before = api.log.filter(isCutList).length;
  for (let cut = 0; cut < times; cut++) {
    await cutWhileListing(requests);
  }
  await eventually(() => api.log.filter(isCutList).length === before + times * requests);

  const sockets = await dialAll(32);
  for (const socket of sockets) {
    const head = `PUT /devices/held?${apiVersion} HTTP/1.1\r\n${owner}Content-Length: ${megabyte}\r\n`;
    expect(await firstAnswer(socket, `${head}Expect: 100-continue\r\n\r\n`)).toContain(' 100 ');
  }
  sockets.forEach((socket) => socket.destroy());
  await servedAgain();
});

test('bodies in chunks of one byte are not parsed before their tokens are judged', async () => {
  const judged = latch();
  api.registry.gate = judged.opened;
  const sockets = await dialAll(60);
  const heldBefore = await heldBytes();
  for (const socket of sockets) {
    await sendTinyChunks(socket, 20_000);
  }
  const held = (await heldBytes()) - heldBefore;
  sockets.forEach((socket) => socket.destroy());
  api.registry.gate = Promise.resolve();
  judged.open();
  await servedAgain();

  // Parsed, what the first read of each brings would be 4 MB.
  expect(held).toBeLessThan(30 * megabyte);
}, 30_000);

test('a body in chunks of one byte takes no more than its bytes', async () => {
  const [socket] = await dialAll(1);
  const heldBefore = await heldBytes();
  await sendTinyChunks(socket!, 1_000_000);

  // Chunks that are kept would be 190 MB.
  expect((await heldBytes()) - heldBefore).toBeLessThan(30 * megabyte);
  socket!.destroy();
}, 30_000);

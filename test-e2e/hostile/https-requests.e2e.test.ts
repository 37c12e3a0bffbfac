/**
 * What is no request, or two in one, at the front door: refused, or taken by gateway and api alike as one. Each
 * holds a second request that only the hub's owner may send: nobody may have it answered who did not send it.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AmqpBystander } from '../support/hostile/amqp-bystander.js';
import { GatewayVitals } from '../support/gateway-vitals.js';
import { HttpsSocket, type RawAnswer } from '../support/https-socket.js';
import { hub } from '../support/hub.js';
import { createDevice, headersFor, tokenOf } from '../support/registry.js';

let vitals: GatewayVitals;
let bystander: AmqpBystander;
let socket: HttpsSocket;
let device: { readonly path: string; readonly token: string };
let owner: string;

beforeAll(async () => {
  vitals = new GatewayVitals();
  bystander = await AmqpBystander.connect();
  const identity = await createDevice();
  const path = `/devices/${identity.deviceId}/messages/events?api-version=2021-04-12`;
  device = { path, token: tokenOf(identity) };
  owner = headersFor(hub)['Authorization'] ?? '';
});

afterEach(async () => {
  socket.destroy();
  await bystander.expectServed();
});

afterAll(async () => {
  await bystander.client.end();
  vitals.expectUnharmed();
});

/** All answers until the connection ends, or is silent for a second. */
async function answersTo(bytes: string): Promise<readonly RawAnswer[]> {
  socket = await HttpsSocket.connect();
  socket.write(Buffer.from(bytes, 'latin1'));
  const answers: RawAnswer[] = [];
  for (;;) {
    const answer = await Promise.race([
      socket.read().catch(() => undefined),
      new Promise<undefined>((resolve) => setTimeout(resolve, 1_000, undefined)),
    ]);
    if (answer === undefined) {
      return answers;
    }
    answers.push(answer);
  }
}

const smuggled = (): string =>
  `GET /statistics/devices?api-version=2021-04-12 HTTP/1.1\r\nHost: ${hub.host}\r\nAuthorization: ${owner}\r\n\r\n`;

/** To the api, and to the gateway itself. */
const starts: readonly [string, () => string][] = [
  [
    'a back end',
    () =>
      `POST /devices/query?api-version=2021-04-12 HTTP/1.1\r\nHost: ${hub.host}\r\nAuthorization: ${owner}\r\n`,
  ],
  [
    'a device',
    () => `POST ${device.path} HTTP/1.1\r\nHost: ${hub.host}\r\nAuthorization: ${device.token}\r\n`,
  ],
];

const shapes: readonly [string, () => string][] = [
  [
    'a length and chunks',
    () => `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled()}`,
  ],
  [
    'two lengths',
    () => `Content-Length: 0\r\nContent-Length: ${smuggled().length}\r\n\r\n${smuggled()}`,
  ],
  ['a list of lengths', () => `Content-Length: 0, ${smuggled().length}\r\n\r\n${smuggled()}`],
  ['a length with a sign', () => `Content-Length: +0\r\n\r\n${smuggled()}`],
  ['a length in hexadecimal', () => `Content-Length: 0x0\r\n\r\n${smuggled()}`],
  ['another coding', () => `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled()}`],
  [
    'chunked that is not the last',
    () => `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled()}`,
  ],
  ['chunked behind a tab', () => `Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${smuggled()}`],
  ['a space before the colon', () => `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled()}`],
  ['a folded header', () => `X: y\r\n Content-Length: 0\r\n\r\n${smuggled()}`],
  ['a bare line feed', () => `X: y\nContent-Length: 0\r\n\r\n${smuggled()}`],
  ['a bare carriage return', () => `X: y\rContent-Length: 0\r\n\r\n${smuggled()}`],
  ['a NUL', () => `X: y\0Content-Length: 0\r\n\r\n${smuggled()}`],
  [
    'a chunk of a size that is none',
    () => `Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${smuggled()}`,
  ],
  [
    'a chunk of a size beyond all',
    () => `Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n${smuggled()}`,
  ],
];

test.each(
  starts.flatMap(([who, start]) => shapes.map(([what, rest]) => [who, what, start, rest] as const)),
)('%s that sends %s', async (_who, _what, start, rest) => {
  const answers = await answersTo(start() + rest());

  expect(answers.filter(({ status }) => status === 200)).toEqual([]);
  expect(answers.map(({ status }) => status)).toEqual([400]);
});

test('a header above 64 KiB is refused', async () => {
  const [, start] = starts[1]!;
  const answers = await answersTo(`${start()}X: ${'x'.repeat(80_000)}\r\n\r\n`);
  expect(answers.map(({ status }) => status)).toEqual([431]);
});

test('10,000 headers of a few bytes are taken, or refused, in time', async () => {
  const [, start] = starts[1]!;
  const answers = await answersTo(`${start()}${'a:b\r\n'.repeat(10_000)}Content-Length: 0\r\n\r\n`);
  expect([204, 431]).toContain(answers[0]?.status);
});

test.each([
  ['two hosts', `Host: ${hub.host}\r\nHost: other.example\r\n`],
  ['no host', ''],
  ['a host that is none', 'Host: a b\r\n'],
])('%s', async (_, hosts) => {
  const rest = `Authorization: ${device.token}\r\nContent-Length: 0\r\n\r\n`;
  const answers = await answersTo(`POST ${device.path} HTTP/1.1\r\n${hosts}${rest}`);
  expect(answers.map(({ status }) => status)).toEqual([400]);
});

/** WebSockets that break the rules, a connection for each kind: ended with its code, and others go on. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AmqpBystander } from '../support/hostile/amqp-bystander.js';
import { GatewayVitals } from '../support/gateway-vitals.js';
import { askForWebSocket, final, opcodes, WebSocketClient } from '../support/websocket-client.js';

let vitals: GatewayVitals;
let bystander: AmqpBystander;
let client: WebSocketClient;

beforeAll(async () => {
  vitals = new GatewayVitals();
  bystander = await AmqpBystander.connect();
});

afterEach(async () => {
  client.destroy();
  await bystander.expectServed();
});

afterAll(async () => {
  await bystander.client.end();
  vitals.expectUnharmed();
});

const protocolError = 1002;
const unsupportedData = 1003;

test.each<[string, string, number]>([
  ['RSV1, as of a compressed message', 'c28100000000aa', protocolError],
  ['RSV2', 'a28100000000aa', protocolError],
  ['RSV3', '928100000000aa', protocolError],
  ['opcode 3', '838100000000aa', protocolError],
  ['opcode 11', '8b8000000000', protocolError],
  ['opcode 15', '8f8000000000', protocolError],
  ['no mask', '8201aa', protocolError],
  ['a ping in pieces', '098000000000', protocolError],
  ['a close in pieces', '088000000000', protocolError],
  ['a ping of 126 bytes', '89fe007e00000000', protocolError],
  ['a close of one byte', '88810000000003', protocolError],
  ['a close of code 1005', '88820000000003ed', protocolError],
  ['a close of code 999', '88820000000003e7', protocolError],
  ['a continuation of nothing', '808100000000aa', protocolError],
  ['a message within a message', '028100000000aa828100000000aa', protocolError],
  ['a length of 2^63', '82ff800000000000000000000000', protocolError],
  ['text', '818100000000aa', unsupportedData],
])('%s', async (_, hex, code) => {
  client = await WebSocketClient.open({ protocol: 'mqtt' });
  client.https.write(Buffer.from(hex, 'hex'));

  expect(await client.closeCode()).toBe(code);
  await client.closed();
});

test('behind 20,000 pings a close is answered', async () => {
  client = await WebSocketClient.open({ protocol: 'mqtt' });
  for (let count = 0; count < 20_000; count++) {
    client.send(final | opcodes.ping, Buffer.alloc(125));
  }
  client.send(final | opcodes.close, Buffer.from('03e8', 'hex'));
  expect(await client.closeCode()).toBe(1000);
});

test('a CONNECT of 256 MB in a frame of 4 GiB ends as one does that comes by TLS alone', async () => {
  client = await WebSocketClient.open({ protocol: 'mqtt' });
  const head = Buffer.from('82ff000000010000000000000000', 'hex');
  client.https.write(Buffer.concat([head, Buffer.from('10ffffff7f', 'hex')]));
  const piece = Buffer.alloc(65_536);
  for (let count = 0; count < 64 && !client.isClosed; count++) {
    client.https.write(piece);
  }
  await client.closed();
});

test.each<[string, Record<string, string>, number]>([
  ['another version', { 'Sec-WebSocket-Version': '8' }, 426],
  ['no key', { 'Sec-WebSocket-Key': '' }, 400],
  ['a short key', { 'Sec-WebSocket-Key': 'AAAA' }, 400],
  ['another protocol than WebSocket', { Upgrade: 'h2c' }, 400],
  ['a body', { 'Content-Length': '5' }, 400],
])('an upgrade with %s is refused', async (_, headers, status) => {
  client = await WebSocketClient.open({ protocol: 'mqtt' });
  const { answer, socket } = await askForWebSocket({ protocol: 'mqtt', headers });
  socket.destroy();

  expect(answer.status).toBe(status);
});

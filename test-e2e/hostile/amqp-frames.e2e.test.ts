/** AMQP that breaks the rules, a connection for each kind: refused with its condition, and others go on. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeFrame, protocolHeaders, rawFrame } from '../support/amqp/amqp-frames.js';
import { AmqpSocket, begin, encodeMessage } from '../support/amqp/amqp-socket.js';
import { GatewayVitals } from '../support/gateway-vitals.js';
import { AmqpBystander } from '../support/hostile/amqp-bystander.js';
import { hub } from '../support/hub.js';
import { printFigures } from '../support/print-figures.js';

const seed = Number(process.env['LINCHPIN_TEST_SEED'] ?? Date.now() % 2 ** 31);

let vitals: GatewayVitals;
let bystander: AmqpBystander;
let client: AmqpSocket;

beforeAll(async () => {
  vitals = new GatewayVitals();
  bystander = await AmqpBystander.connect();
});

afterEach(async () => {
  await client.end();
  await bystander.expectServed();
});

afterAll(async () => {
  await bystander.client.end();
  vitals.expectUnharmed();
});

describe('before a connection is open', () => {
  test.each<[string, Buffer]>([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: hub\r\n\r\n')],
    ['MQTT', Buffer.from('101000044d515454040200000004616161610000', 'hex')],
    ['AMQP 0-9-1', Buffer.from('AMQP\0\0\x09\x01', 'latin1')],
    ['another TLS layer', Buffer.from('AMQP\x02\x01\0\0', 'latin1')],
  ])('%s is answered with the header of SASL, and the end', async (_, bytes) => {
    client = await AmqpSocket.connect();
    client.write(bytes);
    await client.closed();
    expect(client.frames.map(({ payload }) => payload)).toEqual([protocolHeaders.sasl]);
  });

  test.each<[string, string, Buffer | null, number]>([
    ['an unknown mechanism', 'SCRAM-SHA-256', null, 1],
    ['a mechanism of 40,000 letters', 'P'.repeat(40_000), null, 1],
    ['PLAIN without a response', 'PLAIN', null, 2],
    ['PLAIN of 60,000 bytes', 'PLAIN', Buffer.alloc(60_000, 'x'), 2],
    ['PLAIN of NULs alone', 'PLAIN', Buffer.alloc(60_000), 2],
    ['EXTERNAL without a certificate', 'EXTERNAL', Buffer.from('x'), 1],
  ])('SASL: %s fails, and ends the connection', async (_, mechanism, response, code) => {
    client = await AmqpSocket.connect();
    client.write(protocolHeaders.sasl);
    client.send('sasl_init', { mechanism, initial_response: response });
    const { fields } = await client.expect('sasl_outcome');
    expect(fields['code']).toBe(code);
    await client.closed();
  });

  test('a SASL response that is longer than a frame may be ends it without an answer', async () => {
    client = await AmqpSocket.connect();
    client.write(protocolHeaders.sasl);
    client.send('sasl_init', { mechanism: 'PLAIN', initial_response: Buffer.alloc(1_000_000) });
    await client.closed();
    expect(client.frames.map(({ name }) => name)).toEqual(['header', 'sasl_mechanisms']);
  });

  test('what is sent in the place of open is answered with open and close', async () => {
    client = await AmqpSocket.connect();
    client.write(protocolHeaders.amqp);
    client.send('begin', begin);
    expect(await client.conditionOf('close')).toBe('amqp:illegal-state');
    await client.closed();
  });
});

/** @param listHex its fields, with the head of their list */
function performative(code: number, listHex: string): Buffer {
  return Buffer.concat([Buffer.from([0x00, 0x53, code]), Buffer.from(listHex, 'hex')]);
}

describe('on an open connection', () => {
  const framing = 'amqp:connection:framing-error';
  const decoding = 'amqp:decode-error';
  const nested = Buffer.alloc(60_000, Buffer.from('c0ff01', 'hex'));

  test.each<[string, string, Buffer]>([
    ['a frame shorter than its head', framing, rawFrame(Buffer.alloc(0), { size: 7 })],
    ['a frame of 64 KiB and a byte', framing, rawFrame(Buffer.alloc(65_529))],
    ['a frame of 4 GiB', framing, rawFrame(Buffer.alloc(0), { size: 0xffffffff })],
    ['a body that begins within the head', framing, rawFrame(Buffer.alloc(9), { dataOffset: 1 })],
    ['a body that begins behind the end', framing, rawFrame(Buffer.alloc(9), { dataOffset: 255 })],
    ['a frame of another type', framing, rawFrame(Buffer.alloc(9), { type: 7 })],
    ['a SASL frame', framing, encodeFrame('sasl_init', { mechanism: 'PLAIN' })],
    ['zeros', framing, Buffer.alloc(1_000)],
    ['a body of no type', decoding, rawFrame(Buffer.from('ffffffff', 'hex'))],
    ['a body that is no performative', decoding, rawFrame(Buffer.from('a10161', 'hex'))],
    [
      'a list that is longer than its frame',
      decoding,
      rawFrame(performative(0x14, 'd0fffffff0ffffffff')),
    ],
    [
      '4 billion elements of no bytes',
      decoding,
      rawFrame(performative(0x12, 'd000000004ffffffff')),
    ],
    [
      'lists in lists, 20,000 deep',
      decoding,
      rawFrame(Buffer.concat([performative(0x12, ''), nested])),
    ],
    [
      'an array of 4 billion nulls',
      decoding,
      rawFrame(performative(0x12, 'c00c01f000000007ffffffff40')),
    ],
    ['a name that is no UTF-8', decoding, rawFrame(performative(0x12, 'c00501a102c328'))],
    ['a second open', 'amqp:illegal-state', encodeFrame('open', { container_id: 'again' })],
    [
      'a transfer outside of any session',
      'amqp:not-found',
      encodeFrame('transfer', { handle: 0 }, { channel: 9 }),
    ],
    ['a session that is begun twice', 'amqp:not-allowed', encodeFrame('begin', begin)],
    ['a session beyond the last channel', framing, encodeFrame('begin', begin, { channel: 8_192 })],
  ])('%s closes it: %s', async (_, condition, bytes) => {
    client = await AmqpSocket.open();
    client.write(bytes);
    expect(await client.conditionOf('close')).toBe(condition);
    await client.closed();
  });

  test.each<[string, string, Buffer]>([
    [
      'a performative that there is not',
      'amqp:not-implemented',
      rawFrame(performative(0x19, '45')),
    ],
    [
      'a transfer of no link',
      'amqp:session:unattached-handle',
      encodeFrame('transfer', { handle: 7 }),
    ],
    [
      'a flow of no link',
      'amqp:session:unattached-handle',
      encodeFrame('flow', { ...begin, handle: 7 }),
    ],
    [
      'a handle that is in use',
      'amqp:session:handle-in-use',
      encodeFrame('attach', { name: 'again', handle: 1_000, role: false }),
    ],
  ])('%s ends its session alone: %s', async (_, condition, bytes) => {
    client = await AmqpSocket.open();
    client.send('begin', begin, { channel: 3 });
    await client.openCbs();
    client.write(bytes);
    expect(await client.conditionOf('end')).toBe(condition);
    client.send('attach', { name: 'on', handle: 0, role: true }, { channel: 3 });
    expect(await client.conditionOf('detach', ({ channel }) => channel === 3)).toBe(
      'amqp:not-found',
    );
    expect(client.isClosed).toBe(false);
  });
});

/** What a device says, up to its first message; none of it is proven. */
const conversation = Buffer.concat([
  protocolHeaders.amqp,
  encodeFrame('open', { container_id: 'c', hostname: hub.host }),
  encodeFrame('begin', begin),
  encodeFrame('attach', { name: 'cbs', handle: 0, role: false }),
  encodeFrame('flow', { next_incoming_id: 0, ...begin, handle: 0, link_credit: 10 }),
  encodeFrame(
    'transfer',
    { handle: 0, delivery_id: 0, delivery_tag: Buffer.from('t') },
    { payload: encodeMessage(300) },
  ),
  encodeFrame('close', {}),
]);

test('whatever becomes of the bytes of a conversation, the hub ends it', async () => {
  const runs = { numRuns: 300, seed };
  const changes = fc.array(fc.tuple(fc.nat(conversation.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 6,
  });
  const cases = fc.sample(changes, runs);
  const names = new Set<string>();
  for (const each of cases) {
    client = await AmqpSocket.connect();
    const bytes = Buffer.from(conversation);
    for (const [place, byte] of each) {
      bytes[place] = byte;
    }
    client.write(bytes);
    // Behind it nothing comes: what is not whole by then is given up by the client.
    client.socket.end();
    await client.closed();
    client.frames.forEach(({ name }) => names.add(name));
  }
  printFigures('changed conversations', { seed, sent: cases.length, answered: [...names].join() });
  expect([...names]).toContain('close');
});

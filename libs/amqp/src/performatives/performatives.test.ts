import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import { AmqpReader } from '../codec/amqp-reader.js';
import { long, symbol, ulong, type AmqpValue } from '../codec/amqp-value.js';
import { symbolArray } from '../codec/array.js';
import { decodeAttach, encodeAttach, type Attach } from './attach.js';
import { decodeBegin, encodeBegin } from './begin.js';
import { readDescriptor } from './descriptors.js';
import { decodeDetach, encodeDetach } from './detach.js';
import { decodeDisposition, encodeSettlement } from './disposition.js';
import { decodeEnding, encodeEnd } from './ending.js';
import { amqpError } from './error.js';
import { decodeFlow, encodeFlow } from './flow.js';
import { decodeOpen, encodeOpen } from './open.js';
import { accepted, released, type Outcome } from './outcomes.js';
import {
  attach,
  begin,
  bodyOf,
  bytesOf,
  encode,
  error,
  flow,
  open,
  readByRhea,
  transfer,
  writeByRhea,
} from './performatives.fake.js';
import { decodeSaslInit, encodeSaslInit, encodeSaslMechanisms } from './sasl.js';
import { decodeTransfer, encodeTransfer } from './transfer.js';

describe('what one writes the other reads', () => {
  test('open', () => {
    const bytes = encode(encodeOpen, {
      ...open,
      offeredCapabilities: ['a'],
      properties: new Map([['p', 'q']]),
    });
    expect(readByRhea(bytes)).toMatchObject({
      container_id: 'c',
      hostname: 'h',
      max_frame_size: 65_536,
      channel_max: 8_191,
      idle_time_out: 240_000,
      offered_capabilities: ['a'],
      properties: { p: 'q' },
    });
    const theirs = writeByRhea('open', { container_id: 'x', desired_capabilities: ['d', 'e'] });
    expect(decodeOpen(bodyOf(theirs, 'open'))).toEqual({
      ...open,
      containerId: 'x',
      hostname: null,
      maxFrameSize: null,
      channelMax: null,
      idleTimeOutMs: null,
      desiredCapabilities: ['d', 'e'],
    });
  });

  test('begin', () => {
    expect(readByRhea(encode(encodeBegin, begin))).toMatchObject({
      remote_channel: 1,
      next_outgoing_id: 1,
      incoming_window: 5_000,
      outgoing_window: 0xffffffff,
      handle_max: 262_143,
    });
    const theirs = { next_outgoing_id: 7, incoming_window: 2_048, outgoing_window: 0xffffffff };
    expect(decodeBegin(bodyOf(writeByRhea('begin', theirs), 'begin'))).toEqual({
      remoteChannel: null,
      nextOutgoingId: 7,
      incomingWindow: 2_048,
      outgoingWindow: 0xffffffff,
      handleMax: null,
    });
  });

  test('attach, with all of its source', () => {
    const whole: Attach = {
      ...attach,
      role: 'sender',
      initialDeliveryCount: 0,
      source: {
        address: 'hub/ConsumerGroups/$Default/Partitions/0',
        durable: 2,
        expiryPolicy: 'never',
        timeoutSeconds: 60,
        dynamic: true,
        dynamicNodeProperties: new Map([['lifetime', symbol('x')]]),
        distributionMode: 'copy',
        filter: new Map([
          ['f', { type: 'described', descriptor: ulong(0x468c00000004n), value: "a > '1'" }],
        ]),
        defaultOutcome: { type: 'described', descriptor: ulong(0x26), value: list() },
        outcomes: symbolArray(['amqp:accepted:list']),
        capabilities: symbolArray(['c']),
      },
      desiredCapabilities: ['com.microsoft:enable-receiver-runtime-metric'],
      properties: new Map([['com.microsoft:epoch', long(3)]]),
    };
    const bytes = encode(encodeAttach, whole);
    expect(decodeAttach(bodyOf(bytes, 'attach'))).toEqual(whole);
    expect(readByRhea(bytes)).toMatchObject({
      name: 'n',
      desired_capabilities: whole.desiredCapabilities,
      max_message_size: 1_048_576,
      properties: { 'com.microsoft:epoch': 3 },
    });
  });

  test('flow', () => {
    const bytes = encode(encodeFlow, flow);
    expect(readByRhea(bytes)).toMatchObject({
      link_credit: 1_000,
      handle: 0,
      incoming_window: 5_000,
    });
    expect(decodeFlow(bodyOf(bytes, 'flow'))).toEqual(flow);
  });

  test('transfer', () => {
    const bytes = encode(encodeTransfer, transfer);
    expect(readByRhea(bytes)).toMatchObject({ handle: 1, delivery_id: 2, more: false });
    const theirs = writeByRhea('transfer', {
      handle: 300,
      delivery_id: 4,
      delivery_tag: Buffer.from('4'),
      message_format: 0x80013700,
      settled: true,
    });
    expect(decodeTransfer(bodyOf(theirs, 'transfer'))).toEqual({
      handle: 300,
      deliveryId: 4,
      deliveryTag: Buffer.from('4'),
      messageFormat: 0x80013700,
      settled: true,
      more: null,
      aborted: null,
    });
  });

  test.each<[string, Outcome]>([
    ['accepted', accepted],
    ['released', released],
    ['rejected', { type: 'rejected', error }],
    ['rejected without an error', { type: 'rejected', error: null }],
    [
      'modified',
      {
        type: 'modified',
        deliveryFailed: true,
        undeliverableHere: false,
        messageAnnotations: new Map([['a', 'b']]),
      },
    ],
  ])('disposition: %s', (_, outcome) => {
    const bytes = encode(encodeSettlement, {
      role: 'receiver',
      first: 3,
      last: 5,
      outcome: outcome,
    });
    expect(readByRhea(bytes)).toMatchObject({ role: true, first: 3, last: 5, settled: true });
    expect(decodeDisposition(bodyOf(bytes, 'disposition'))).toEqual({
      role: 'receiver',
      first: 3,
      last: 5,
      settled: true,
      state: outcome,
    });
  });

  test('detach, end and close', () => {
    const detach = encode(encodeDetach, { handle: 5, closed: true, error });
    const told = { condition: 'amqp:link:redirect', info: { hostname: 'h', port: 5_671 } };
    expect(readByRhea(detach)).toMatchObject({ handle: 5, closed: true, error: told });
    expect(decodeDetach(bodyOf(detach, 'detach'))).toEqual({ handle: 5, closed: true, error });
    const end = encode(encodeEnd, error);
    expect(readByRhea(end)).toMatchObject({ error: told });
    expect(decodeEnding(bodyOf(end, 'end'))).toEqual(error);
    expect(decodeEnding(bodyOf(writeByRhea('close', {}), 'close'))).toBeNull();
  });

  test('sasl', () => {
    const mechanisms = encode(encodeSaslMechanisms, ['EXTERNAL', 'PLAIN']);
    expect(readByRhea(mechanisms, 1)).toMatchObject({
      sasl_server_mechanisms: ['EXTERNAL', 'PLAIN'],
    });
    const init = { mechanism: 'PLAIN', initialResponse: Buffer.from('\0u\0p'), hostname: null };
    const byRhea = { mechanism: 'PLAIN', initial_response: init.initialResponse };
    expect(decodeSaslInit(bodyOf(writeByRhea('sasl_init', byRhea), 'saslInit'))).toEqual(init);
    expect(readByRhea(encode(encodeSaslInit, init), 1)).toMatchObject(byRhea);
  });
});

describe('what is read beside the usual', () => {
  test.each([
    ['a short list', '005316 c00201 43'],
    ['a list with fields that we do not know', '005316 c00705 43 42 40 5001 40'],
    ['a descriptor in eight bytes', '00800000000000000016 c00201 43'],
    ['a symbolic descriptor', `00a310${Buffer.from('amqp:detach:list').toString('hex')} c00201 43`],
    ['a list with four bytes for its size', '005316 d0000000050000000143'],
  ])('%s', (_, text) => {
    const detach = decodeDetach(bodyOf(bytesOf(text), 'detach'));
    expect(detach).toEqual({ handle: 0, closed: false, error: null });
  });

  test('an empty list as list0', () => {
    expect(decodeEnding(bodyOf(bytesOf('005317 45'), 'end'))).toBeNull();
  });

  test.each([
    ['a list that is not described', 'c00201 40'],
    ['a list described as something else', '005399 c00201 40'],
    ['an empty list', '00531d 45'],
    ['a string', 'a10161'],
  ])('an error that is %s is none', (_, text) => {
    const state = `005325 c0${(bytesOf(text).length + 1).toString(16).padStart(2, '0')}01 ${text}`;
    const bytes = bytesOf(
      `005315 c0${(bytesOf(state).length + 5).toString(16).padStart(2, '0')}05 41 43 40 41 ${state}`,
    );
    expect(decodeDisposition(bodyOf(bytes, 'disposition')).state).toEqual({
      type: 'rejected',
      error: null,
    });
  });

  test('a state of a kind that we do not know is none, and a received one is no outcome', () => {
    const transactional = bytesOf('005315 c00e05 41 43 40 42 005334 c00401a00178');
    expect(decodeDisposition(bodyOf(transactional, 'disposition')).state).toBeNull();
    const received = bytesOf('005315 c00d05 41 43 40 42 005323 c0030243 44');
    expect(decodeDisposition(bodyOf(received, 'disposition')).state).toEqual({ type: 'received' });
  });

  test('a coordinator is a target without an address', () => {
    const coordinator = bytesOf('005312 c01207 a1016e 43 42 40 40 40 005330 c00401 a30178');
    expect(decodeAttach(bodyOf(coordinator, 'attach')).target).toMatchObject({ address: null });
  });

  test('one capability stands for an array of it', () => {
    const bytes = bytesOf('005310 c00f09 a10163 40404040 4040 40 a3026364');
    expect(decodeOpen(bodyOf(bytes, 'open')).desiredCapabilities).toEqual(['cd']);
  });
});

describe('what is refused', () => {
  test.each([
    ['no container-id', '005310 45', 'container-id of open is missing'],
    ['another descriptor', '005311 45', 'open was due, the descriptor 17 came'],
    ['a symbol that describes nothing', '00a30161 45', 'open was due, the descriptor -1 came'],
    ['a text for a number', '005310 c00803 a10163 40 a10131', 'a uint was due, a constructor 0xa1'],
    ['no list', '005310 a10163', 'a list was due'],
    ['no descriptor', 'c00100', 'a described value was due'],
    [
      'a field that crosses the end of its list',
      '005310 c00201 a10163',
      'shorter than its elements',
    ],
  ])('open with %s', (_, text, message) => {
    expect(() => decodeOpen(bodyOf(bytesOf(text), 'open'))).toThrow(AmqpDecodeError);
    expect(() => decodeOpen(bodyOf(bytesOf(text), 'open'))).toThrow(message);
  });

  test('a delivery-tag of more than 32 bytes', () => {
    const read = (length: number): unknown =>
      decodeTransfer(
        bodyOf(
          encode(encodeTransfer, { ...transfer, deliveryTag: Buffer.alloc(length) }),
          'transfer',
        ),
      );
    expect(read(32)).toMatchObject({ deliveryTag: Buffer.alloc(32) });
    expect(() => read(33)).toThrow(AmqpDecodeError);
    expect(() => read(33)).toThrow('a delivery-tag of 33 bytes');
  });

  test('mutations of valid bytes decode or give the typed error', () => {
    const valid = [
      encode(encodeOpen, open),
      encode(encodeAttach, { ...attach, properties: new Map([['a', 'b']]) }),
      encode(encodeTransfer, transfer),
      encode(encodeDetach, { handle: 5, closed: true, error }),
      encode(encodeSettlement, {
        role: 'sender',
        first: 1,
        last: 9,
        outcome: { type: 'rejected', error },
      }),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (original, changes) => {
          const bytes = Buffer.from(original);
          for (const [place, byte] of changes) {
            bytes[place % bytes.length] = byte;
          }
          expectTypedError(bytes);
        },
      ),
      { numRuns: 2_000, seed: 6 },
    );
  });
});

const decoders = [
  decodeOpen,
  decodeBegin,
  decodeAttach,
  decodeFlow,
  decodeTransfer,
  decodeDisposition,
  decodeDetach,
  decodeEnding,
];

function expectTypedError(bytes: Buffer): void {
  for (const decode of decoders) {
    try {
      const reader = new AmqpReader(bytes);
      readDescriptor(reader);
      decode(reader);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(AmqpDecodeError);
    }
  }
}

function list(): AmqpValue {
  return { type: 'list', value: [] };
}

test('an error of a condition and a text has no info', () => {
  expect(amqpError('amqp:not-found', 'x')).toEqual({
    condition: 'amqp:not-found',
    description: 'x',
    info: null,
  });
});

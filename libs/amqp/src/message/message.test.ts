import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import rhea from 'rhea';
import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import {
  binary,
  int,
  long,
  map,
  timestamp,
  ubyte,
  ulong,
  uuid,
  type AmqpValue,
} from '../codec/amqp-value.js';
import { stringArray } from '../codec/array.js';
import { bytesOf } from '../performatives/performatives.fake.js';
import { encodeMessage, type Message } from './encode-message.js';
import { bytesOfBody } from './message-body.js';
import { expandBatch } from './message-batch.js';
import { ReceivedMessage } from './received-message.js';

const { types } = rhea;
const id16 = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

const whole: Message = {
  header: { durable: true, priority: 4, ttlMs: 60_000, firstAcquirer: false, deliveryCount: 2 },
  deliveryAnnotations: new Map([['last_enqueued_sequence_number', long(7)]]),
  messageAnnotations: new Map<string, AmqpValue>([
    ['iothub-enqueuedtime', timestamp(1_795_893_392_133)],
    ['iothub-deliverycount', ubyte(1)],
    ['x-opt-sequence-number', ulong(300)],
  ]),
  properties: {
    messageId: ulong(0),
    userId: Buffer.from('user'),
    to: '/devices/d/messages/devicebound',
    subject: 's',
    replyTo: 'r',
    correlationId: uuid(id16),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    absoluteExpiryTimeMs: 1_000n,
    creationTimeMs: 2_000n,
    groupId: 'g',
    groupSequence: 3,
    replyToGroupId: 'rg',
  },
  applicationProperties: new Map<string, AmqpValue>([
    ['status-code', int(200)],
    ['text', 'ü'],
  ]),
  body: { type: 'data', sections: [Buffer.from('{"a":1}')] },
};

function sectionsOf(payload: Buffer): Message {
  const message = new ReceivedMessage(payload);
  return {
    header: message.header!,
    deliveryAnnotations: message.deliveryAnnotations!,
    messageAnnotations: message.messageAnnotations!,
    properties: message.properties!,
    applicationProperties: message.applicationProperties!,
    body: message.body,
  };
}

test('what is encoded is decoded the same, with all types', () => {
  expect(sectionsOf(encodeMessage(whole))).toEqual(whole);
});

test('rhea reads what we encode', () => {
  const message = rhea.message.decode(encodeMessage(whole));
  expect(message).toMatchObject({
    durable: true,
    priority: 4,
    ttl: 60_000,
    delivery_count: 2,
    message_id: 0,
    to: '/devices/d/messages/devicebound',
    content_type: 'application/json',
    group_sequence: 3,
    application_properties: { 'status-code': 200, text: 'ü' },
    delivery_annotations: { last_enqueued_sequence_number: 7 },
    message_annotations: { 'iothub-deliverycount': 1 },
  });
  expect((message['body'] as { content: Buffer }).content.toString()).toBe('{"a":1}');
});

test('we read what rhea encodes', () => {
  const message = new ReceivedMessage(
    rhea.message.encode({
      message_id: types.wrap_uuid(id16) as never,
      user_id: 'u',
      content_type: 'text/plain',
      absolute_expiry_time: 5_000 as never,
      message_annotations: { operation: 'GET', version: types.wrap_long(9) },
      application_properties: { a: 'b', n: types.wrap_int(-3) },
      body: 'text',
    }),
  );
  expect(message.properties).toMatchObject({
    messageId: uuid(id16),
    userId: Buffer.from('u'),
    contentType: 'text/plain',
    absoluteExpiryTimeMs: 5_000n,
    correlationId: null,
  });
  expect(message.messageAnnotations).toEqual(
    new Map<string, AmqpValue>([
      ['operation', 'GET'],
      ['version', long(9)],
    ]),
  );
  expect(message.applicationProperties).toEqual(
    new Map<string, AmqpValue>([
      ['a', 'b'],
      ['n', int(-3)],
    ]),
  );
  expect(message.deliveryAnnotations).toBeUndefined();
  expect(bytesOfBody(message.body).toString()).toBe('text');
});

test('properties have all their fields, and what is left out no section', () => {
  expect(encodeMessage({ properties: { correlationId: ulong(0) } })).toEqual(
    bytesOf('005373 c00e0d 4040404040 44 40404040404040'),
  );
  expect(encodeMessage({ body: { type: 'none' } }).length).toBe(0);
});

describe('the body', () => {
  test.each<[string, Message['body'], string]>([
    ['none', { type: 'none' }, ''],
    ['one data section', { type: 'data', sections: [Buffer.from('a')] }, 'a'],
    ['several', { type: 'data', sections: [Buffer.from('a'), Buffer.from('b')] }, 'ab'],
    ['a text', { type: 'value', value: 'ü' }, 'ü'],
    ['bytes', { type: 'value', value: binary(Buffer.from('a')) }, 'a'],
    ['null', { type: 'value', value: null }, ''],
  ])('of %s is bytes', (_, body, text) => {
    const message = new ReceivedMessage(encodeMessage({ body: body! }));
    expect(message.body).toEqual(body);
    expect(bytesOfBody(message.body).toString()).toBe(text);
  });

  test.each<[string, Message['body']]>([
    ['a number', { type: 'value', value: int(1) }],
    ['a map', { type: 'value', value: map([['partition_ids', stringArray(['0', '1'])]]) }],
    ['true', { type: 'value', value: true }],
    ['sequences', { type: 'sequence', sections: [{ type: 'list', value: [int(1)] }] }],
  ])('of %s comes as it was, and is no bytes', (_, body) => {
    const message = new ReceivedMessage(encodeMessage({ body: body! }));
    expect(message.body).toEqual(body);
    expect(() => bytesOfBody(message.body)).toThrow(AmqpDecodeError);
  });
});

describe('a batch', () => {
  const inner = ['a', 'b', 'c'].map((text) =>
    encodeMessage({ body: { type: 'data', sections: [Buffer.from(text)] } }),
  );
  const envelope = encodeMessage({ ...whole, body: { type: 'data', sections: inner } });

  test('is its messages, in order', () => {
    const texts = expandBatch(envelope, 3).map((payload) =>
      bytesOfBody(new ReceivedMessage(payload).body).toString(),
    );
    expect(texts).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['too many messages', envelope, 2, 'a batch of 3 messages'],
    ['no body', encodeMessage({}), 9, 'without data sections'],
    ['another body', encodeMessage({ body: { type: 'value', value: 'a' } }), 9, 'without data'],
  ])('with %s is refused', (_, payload, messagesMax, message) => {
    expect(() => expandBatch(payload, messagesMax)).toThrow(AmqpDecodeError);
    expect(() => expandBatch(payload, messagesMax)).toThrow(message);
  });
});

describe('what is refused', () => {
  test.each([
    ['bytes that are none', 'ff', 'a described value was due'],
    ['a section cut off', '005375 a005 61', 'bytes that end within a value'],
    ['a section of an unknown kind', '005379 40', 'the descriptor 121 is that of no section'],
    ['two headers', '005370 45 005370 45', 'two sections of the kind 112'],
    ['two values', '005377 40 005377 40', 'a body of several forms'],
    ['data and a value', '005375 a000 005377 40', 'a body of several forms'],
    ['a million sections', '005375a000'.repeat(16_385), 'more than 16384 sections'],
  ])('%s', (_, hex, message) => {
    expect(() => new ReceivedMessage(bytesOf(hex))).toThrow(AmqpDecodeError);
    expect(() => new ReceivedMessage(bytesOf(hex))).toThrow(message);
  });

  test('a data section of something else, when it is asked for', () => {
    expect(() => new ReceivedMessage(bytesOf('005375 40')).body).toThrow('a data section of null');
    expect(() => new ReceivedMessage(bytesOf('005375 41')).body).toThrow('a binary was due');
  });

  test('mutations of a message decode or give the typed error', () => {
    const valid = encodeMessage(whole);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Buffer.from(valid);
          for (const [place, byte] of changes) {
            bytes[place] = byte;
          }
          try {
            bytesOfBody(sectionsOf(bytes).body!);
          } catch (error) {
            expect(error).toBeInstanceOf(AmqpDecodeError);
          }
        },
      ),
      { numRuns: 3_000, seed: 6 },
    );
  });
});

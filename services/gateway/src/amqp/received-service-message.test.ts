import { expect, test } from '@jest/globals';
import { AmqpDecodeError } from '@linchpin/amqp';
import rhea from 'rhea';
import { readServiceMessage } from './received-service-message.js';

function read(message: object) {
  return readServiceMessage(rhea.message.encode(message));
}

const data = (text: string) => rhea.message.data_section(Buffer.from(text)) as object;

test('all that a back end may say of a message', () => {
  const expiryTime = new Date('2030-01-01T00:00:00Z');
  expect(
    read({
      message_id: 'm1',
      correlation_id: rhea.types.wrap_ulong(7) as unknown,
      user_id: Buffer.from('me'),
      to: '/devices/d1/messages/deviceBound',
      content_type: 'application/json',
      content_encoding: 'utf-8',
      absolute_expiry_time: expiryTime.getTime(),
      creation_time: 0,
      application_properties: { 'iothub-ack': 'full', text: 'a', number: 1, yes: true, none: null },
      body: data('{}'),
    }),
  ).toEqual({
    messageId: 'm1',
    correlationId: '7',
    userId: 'me',
    to: '/devices/d1/messages/deviceBound',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    expiryTime,
    creationTime: new Date(0),
    ack: 'full',
    properties: [
      ['text', 'a'],
      ['number', '1'],
      ['yes', 'true'],
      ['none', null],
    ],
    body: Buffer.from('{}'),
  });
});

test('what is absent or empty is undefined', () => {
  expect(read({ message_id: '', to: '', content_type: '', body: 'text' })).toEqual({
    messageId: undefined,
    correlationId: undefined,
    userId: undefined,
    to: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    expiryTime: undefined,
    creationTime: undefined,
    ack: undefined,
    properties: [],
    body: Buffer.from('text'),
  });
});

test.each([
  ['a property that is a list', { application_properties: { a: [1] }, body: data('') }],
  ['a body that is a map', { body: { a: 1 } }],
  ['a time that no calendar has', { absolute_expiry_time: 1e18, body: data('') }],
])('%s is refused', (_, message) => {
  expect(() => read(message)).toThrow(AmqpDecodeError);
});

import { expect, test } from '@jest/globals';
import {
  binary,
  encodeMessage,
  map,
  ReceivedMessage,
  ulong,
  uuid,
  type AmqpValue,
} from '@linchpin/amqp';
import { requestMessageId } from './request-message-id.js';

function idOf(messageId: AmqpValue): { id: AmqpValue; payload: Buffer } {
  const payload = encodeMessage({ properties: { messageId } });
  return { id: requestMessageId(new ReceivedMessage(payload)), payload };
}

test.each<[AmqpValue, AmqpValue]>([
  [null, null],
  ['text', 'text'],
  [ulong(5), ulong(5)],
  [map([['a', 'b']]), null],
])('%j is kept as %j', (messageId, kept) => {
  expect(idOf(messageId).id).toEqual(kept);
});

test.each([uuid(Buffer.alloc(16, 7)), binary(Buffer.from('id'))])(
  'the bytes of %j are no view of the request',
  (messageId) => {
    const { id, payload } = idOf(messageId);
    payload.fill(0);
    expect(id).toEqual(messageId);
  },
);

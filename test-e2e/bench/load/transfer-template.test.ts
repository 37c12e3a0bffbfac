import { expect, test } from '@jest/globals';
import { ReceivedMessage } from '@linchpin/amqp';
import { openingOfSender } from './amqp-opening.js';
import { AmqpServer } from './amqp-server.fake.js';
import { TransferTemplate } from './transfer-template.js';

const device = { id: 'd1', generationId: '1', token: 't', connectPacket: Buffer.alloc(0) };
const payload = Buffer.alloc(200, 'x');

function templateOf(hasProperties: boolean): TransferTemplate {
  return new TransferTemplate({ device, host: 'hub', payload, hasProperties });
}

test('transfers, each with its id, which is its tag', () => {
  const server = AmqpServer.open(openingOfSender(device, 'hub'));
  server.push(templateOf(false).messages([1, 2, 300]));

  expect(server.deliveries.map(({ id }) => id)).toEqual([1, 2, 300]);
  for (const { id, tag, settled, payload: message } of server.deliveries) {
    expect([tag?.readUInt32BE(), settled]).toEqual([id, false]);
    expect(new ReceivedMessage(message).body).toEqual({ type: 'data', sections: [payload] });
  }
});

test('with properties no two messages have the same id', () => {
  const server = AmqpServer.open(openingOfSender(device, 'hub'));
  server.push(templateOf(true).messages([1, 2, 3]));
  const messages = server.deliveries.map((delivery) => new ReceivedMessage(delivery.payload));

  expect(new Set(messages.map(({ properties }) => properties?.messageId)).size).toBe(3);
  expect(messages[2]?.properties).toMatchObject({
    messageId: '00000000-0000-4000-8000-000000000003',
    contentType: 'application/json',
  });
});

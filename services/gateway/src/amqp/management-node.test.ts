import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { Sender } from 'rhea';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

let gateway: FakeAmqpGateway;
let service: RheaDevice;

beforeEach(async () => {
  gateway = new FakeAmqpGateway();
  service = await gateway.connect();
  await service.putToken(tokenFor('', { policy: 'service' }));
});

afterEach(() => {
  gateway.close();
});

const address = 'h/$management';
/** Of all hubs; one may have half of it. */
const roomBytes = 10_000_000;

function ask(sender: Sender, what: object = { type: 'com.microsoft:eventhub' }): void {
  sender.send({
    reply_to: 'answers',
    application_properties: { operation: 'READ', name: 'h', ...what },
    body: '',
  });
}

test('a connection has few links for requests', async () => {
  const senders = await Promise.all(Array.from({ length: 8 }, () => service.openSender(address)));
  const refused = service.client.open_sender({ target: address });
  await once(refused as unknown as EventEmitter, 'sender_error');
  expect(refused.error).toMatchObject({ condition: 'amqp:resource-limit-exceeded' });
  senders[0]!.close();
  await eventually(() => gateway.table.accesses.ofHub('h').length === 7);
  await service.openSender(address);
});

test('a request for which its hub has no room is rejected, and the next may come', async () => {
  const sender = await service.openSender(address);
  const other = gateway.services.exchanges.enter('h');
  expect(other.resize(roomBytes / 2)).toBe(true);
  const rejected = once(sender as unknown as EventEmitter, 'rejected');
  ask(sender);
  await rejected;
  other.leave();
  const accepted = once(sender as unknown as EventEmitter, 'accepted');
  ask(sender);
  await accepted;
  await eventually(() => gateway.services.exchanges.heldBytes === 0);
});

test('a request whose answer does not come holds up no stop', async () => {
  const sender = await service.openSender(address);
  const answer = gateway.events.holdAnswers();
  ask(sender, { type: 'com.microsoft:partition', partition: '0' });
  await eventually(() => gateway.services.exchanges.heldBytes > 0);
  await service.connection.drain();
  expect(gateway.services.exchanges.heldBytes).toBeGreaterThan(0);
  answer();
  await eventually(() => gateway.services.exchanges.heldBytes === 0);
});

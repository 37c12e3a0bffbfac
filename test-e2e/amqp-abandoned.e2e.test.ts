/** How often a message is delivered by AMQP before it is given up. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea from 'rhea';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { AmqpSocket, decodeMessage } from './support/amqp/amqp-socket.js';
import type { AmqpFrame } from './support/amqp/amqp-frames.js';
import { sendMessage } from './support/devicebound-messages.js';
import { collectFeedback } from './support/feedback.js';
import { createDevice, tokenOf } from './support/registry.js';

const name = `abandoned-${randomUUID().slice(0, 8)}`;
const released: unknown = rhea.types.described(
  rhea.types.wrap_ulong(0x26),
  rhea.types.wrap_list([]),
);

let hub: ServiceAccess;

beforeAll(async () => {
  hub = await createHub(name, `${name}.example`);
});

afterAll(() => administer('DELETE', `/${name}`));

test('amqp 36: the delivery count rises on release alone, and the tenth is the last', async () => {
  const device = await createDevice(undefined, {}, hub);
  await sendMessage(device, 'again', { messageid: 'm', ack: 'full' }, hub);
  const client = await AmqpSocket.open({}, hub.host);
  await client.openCbs();
  expect(await client.putToken(tokenOf(device))).toBe(200);
  const address = `/devices/${device.deviceId}/messages/devicebound`;
  const deliveries = (): readonly AmqpFrame[] =>
    client.frames.filter((frame) => frame.name === 'transfer' && isMessage(frame));
  // Its link goes while it has the message: that does not count.
  client.attachReceiver(address, 0);
  await eventually(() => deliveries().length === 1);
  client.send('detach', { handle: 0, closed: true });
  client.attachReceiver(address, 1);
  for (let time = 1; time <= 10; time++) {
    await eventually(() => deliveries().length === time + 1);
    const { fields } = deliveries()[time]!;
    const first = fields['delivery_id'];
    client.send('disposition', { role: true, first, settled: true, state: released });
  }
  const [record] = await collectFeedback(hub, 'm');

  expect(record).toMatchObject({ originalMessageId: 'm', statusCode: 'DeliveryCountExceeded' });
  expect(deliveries().map(deliveryCount)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await client.end();
});

/** Not an answer of `$cbs`. */
function isMessage({ payload }: AmqpFrame): boolean {
  return deliveryCount({ payload }) !== undefined;
}

function deliveryCount({ payload }: Pick<AmqpFrame, 'payload'>): unknown {
  const { message_annotations: annotations } = decodeMessage(payload);
  return annotations?.['iothub-deliverycount'];
}

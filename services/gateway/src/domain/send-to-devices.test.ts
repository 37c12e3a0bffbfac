import { expect, test } from '@jest/globals';
import { NamedRooms } from '@linchpin/fairness';
import type { GivenMessage } from '@linchpin/wire';
import { fakeGrant } from './authenticator.fake.js';
import type { OpenedService } from './open-service.js';
import { CloudToDeviceSender } from './send-to-devices.js';
import { FakeSentMessages } from './sent-messages.fake.js';

const message: GivenMessage = {
  messageId: undefined,
  correlationId: undefined,
  userId: undefined,
  contentType: undefined,
  contentEncoding: undefined,
  to: '/devices/d1/messages/deviceBound',
  creationTime: undefined,
  expiryTime: undefined,
  ack: undefined,
  properties: [],
  body: Buffer.from('on'),
};

test('what waits behind another when the link ends spends nothing of what the hub may send', async () => {
  const messages = new FakeSentMessages();
  let store: () => void = () => undefined;
  messages.gate = new Promise((resolve) => {
    store = resolve;
  });
  const rooms = new NamedRooms(1_000_000);
  let admitted = 0;
  const admitCommand = (): Promise<void> => {
    admitted += 1;
    return Promise.resolve();
  };
  const opened = { grant: fakeGrant, limiter: { admitCommand } } as unknown as OpenedService;
  const sender = new CloudToDeviceSender({ opened, messages, rooms, now: () => new Date() });

  const sent = Array.from({ length: 3 }, () => sender.send(message));
  const outcomes = Promise.allSettled(sent);
  await new Promise(setImmediate);
  sender.end();
  store();

  expect(await outcomes).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'RequestCanceled' } },
    { status: 'rejected', reason: { code: 'RequestCanceled' } },
  ]);
  expect([admitted, rooms.heldBytes]).toEqual([1, 0]);
});

import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { NewMessage } from './message-queue.js';
import type { Recipient } from './recipient.js';
import { SendMessage } from './send-message.js';
import type { SentMessage } from './sent-message.js';

const hub = { hub: 'hub-a', hubGeneration: '7' };
const minute = 60_000;

function underTest({ isFull = false, fault }: { isFull?: boolean; fault?: Error } = {}) {
  const added: { readonly recipient: Recipient; readonly message: NewMessage }[] = [];
  const hinted: Recipient[] = [];
  const queue = {
    add: (recipient: Recipient, message: NewMessage) => {
      added.push({ recipient, message });
      return fault === undefined ? Promise.resolve(!isFull) : Promise.reject(fault);
    },
  };
  const settings = {
    defaultTtlSeconds: 120,
    maxDeliveryCount: 10,
    feedbackTtlSeconds: 60,
    feedbackLockSeconds: 60,
    feedbackMaxDeliveryCount: 10,
    purgeOnNewSubscription: false,
  };
  const sendMessage = new SendMessage({
    recipients: {
      get: (_, { deviceId }) =>
        deviceId === 'd1'
          ? Promise.resolve({ generationId: '11', settings })
          : Promise.reject(new HubError('DeviceNotFound', 'There is no such device.')),
    },
    queue,
    hints: { enqueued: (recipient) => hinted.push(recipient) },
  });
  const send = (message: Partial<SentMessage> = {}, deviceId = 'd1') =>
    sendMessage.send(
      hub,
      { deviceId },
      { messageId: 'm1', ack: 'full', content: Buffer.from('x'), ...message },
    );
  return { added, hinted, send };
}

test('a message goes to whoever has the id now, and its gateway hears of it', async () => {
  const { added, hinted, send } = underTest();
  await send();

  const recipient = { ...hub, identity: { deviceId: 'd1' }, generationId: '11' };
  expect(added).toMatchObject([{ recipient, message: { messageId: 'm1', ack: 'full' } }]);
  expect(hinted).toEqual([recipient]);
});

test('it expires as its sender says, or as the hub has it', async () => {
  const { added, send } = underTest();
  const expiryTime = new Date(Date.now() + 48 * 60 * minute - 1_000);
  const beganMs = Date.now();
  await send();
  await send({ expiryTime });
  const [first, second] = added.map(({ message }) => message.expiryTime.getTime());

  expect(first! - beganMs - 2 * minute).toBeGreaterThanOrEqual(0);
  expect(first! - beganMs - 2 * minute).toBeLessThan(5_000);
  expect(second).toBe(expiryTime.getTime());
});

test.each([
  ['no time', NaN],
  ['now', 0],
  ['more than two days', 48 * 60 * minute + 1_000],
])('one that expires in %s is refused before it is stored', async (_, leftMs) => {
  const { added, send } = underTest();

  await expect(send({ expiryTime: new Date(Date.now() + leftMs) })).rejects.toMatchObject({
    code: 'InvalidMessageExpiryTime',
  });
  expect(added).toEqual([]);
});

test.each([
  ['MessageTooLarge', { content: Buffer.alloc(128 * 1024 + 1) }],
  ['ArgumentInvalid', { messageId: 'm'.repeat(129) }],
  ['ArgumentInvalid', { messageId: 'a\0' }],
])('what may not be sent is %s', async (code, message) => {
  const { added, send } = underTest();

  await expect(send(message)).rejects.toMatchObject({ code });
  expect(added).toEqual([]);
});

test('a full queue, or nobody to send to, is told of, and no gateway hears of it', async () => {
  const full = underTest({ isFull: true });

  await expect(full.send()).rejects.toMatchObject({ code: 'DeviceMaximumQueueDepthExceeded' });
  await expect(full.send({}, 'd2')).rejects.toMatchObject({ code: 'DeviceNotFound' });
  expect(full.hinted).toEqual([]);
});

test('a message that may be stored though the store did not answer is told of', async () => {
  const fault = new HubError('ServiceUnavailable', 'The connection broke.');
  const { hinted, send } = underTest({ fault });

  await expect(send()).rejects.toBe(fault);
  expect(hinted).toEqual([{ ...hub, identity: { deviceId: 'd1' }, generationId: '11' }]);
});

test('one that cannot be stored is not', async () => {
  const fault = new HubError('IotHubNotFound', 'The hub is being deleted.');
  const { hinted, send } = underTest({ fault });

  await expect(send()).rejects.toBe(fault);
  expect(hinted).toEqual([]);
});

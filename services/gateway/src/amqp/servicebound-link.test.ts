import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { Delivery, EventContext, Message, Receiver } from 'rhea';
import { formatLockToken, HubError } from '@linchpin/wire';
import { fakeBatch, fakeRecord } from '../domain/feedback.fake.js';
import { fakeNotification } from '../domain/file-notifications.fake.js';
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

interface Got {
  readonly message: Message;
  readonly delivery: Delivery;
}

async function receive(options: object = {}): Promise<{ receiver: Receiver; got: Got[] }> {
  const got: Got[] = [];
  const receiver = service.client.open_receiver({
    source: '/messages/serviceBound/feedback',
    autoaccept: false,
    ...options,
  });
  receiver.on('message', ({ message, delivery }: EventContext) => {
    got.push({ message: message!, delivery: delivery! });
  });
  await once(receiver as unknown as EventEmitter, 'receiver_open');
  return { receiver, got };
}

test('amqp 48: a batch says all that SDKs ask for', async () => {
  gateway.feedback.put(
    fakeBatch(1, [fakeRecord, { ...fakeRecord, status: 'Expired', deviceId: 'd2' }]),
  );
  const { got } = await receive();
  await eventually(() => got.length === 1);
  const { message, delivery } = got[0]!;
  const lockToken = Buffer.alloc(16, 1);
  expect(delivery.tag).toEqual(lockToken);
  expect(message).toMatchObject({
    content_type: 'application/vnd.microsoft.iothub.feedback.json',
    user_id: Buffer.from('h'),
    message_annotations: {
      'iothub-enqueuedtime': new Date('2026-01-31T10:11:27.000Z'),
      'iothub-deliverycount': 0,
      'x-opt-sequence-number': 1,
      'x-opt-lock-token': formatLockToken(lockToken),
    },
  });
  const { content } = message.body as { content: Buffer };
  expect(JSON.parse(content.toString())).toEqual([
    {
      originalMessageId: 'm1',
      enqueuedTimeUtc: '2026-01-31T10:11:12.1230000Z',
      statusCode: 'Success',
      description: 'Success',
      deviceId: 'd1',
      deviceGenerationId: '638900000000000001',
    },
    expect.objectContaining({ statusCode: 'Expired', description: 'Expired', deviceId: 'd2' }),
  ]);
});

test('amqp 49: a file notification says all that SDKs ask for', async () => {
  gateway.fileNotifications.put(fakeNotification(1));
  const { got } = await receive({ source: '/messages/serviceBound/filenotifications' });
  await eventually(() => got.length === 1);
  const { message, delivery } = got[0]!;
  const lockToken = Buffer.alloc(16, 1);
  expect(delivery.tag).toEqual(lockToken);
  expect(message).toMatchObject({
    message_id: 'filenotification-1',
    content_type: 'application/vnd.microsoft.iothub.filenotification.json',
    user_id: Buffer.from('h'),
    message_annotations: {
      'iothub-enqueuedtime': new Date('2026-01-31T10:11:27.000Z'),
      'iothub-deliverycount': 0,
      'x-opt-sequence-number': 1,
      'x-opt-lock-token': formatLockToken(lockToken),
    },
  });
  const { content } = message.body as { content: Buffer };
  expect(content.toString()).toBe(
    '{"deviceId":"d1","blobUri":"https://a.blob.example/files/d1/photo.jpg",' +
      '"blobName":"d1/photo.jpg","lastUpdatedTime":"2026-01-31T10:11:25+00:00",' +
      '"blobSizeInBytes":1234,"enqueuedTimeUtc":"2026-01-31T10:11:27.0000000Z"}',
  );
});

test('amqp 49: both addresses of file notifications, in any case, share one queue', async () => {
  const one = await receive({ source: '/messages/serviceBound/filenotifications' });
  const other = await receive({ source: '/MESSAGES/servicebound/fileUploadNotifications' });
  gateway.fileNotifications.put(...[1, 2, 3, 4].map(fakeNotification));
  gateway.feedback.put(fakeBatch(5));
  one.receiver.add_credit(1);
  await eventually(() => one.got.length + other.got.length === 4);
  expect([one.got.length, other.got.length]).toEqual([2, 2]);

  const { settled } = gateway.fileNotifications;
  one.got[0]!.delivery.accept();
  // rhea says of two that it settles in one turn what it says of the first.
  await eventually(() => settled.length === 1);
  other.got[0]!.delivery.release();
  await eventually(() => settled.length === 2);
  expect(settled.map((said) => said.split(' ')[1])).toEqual(['complete', 'abandon']);
  expect(gateway.feedback.waiting).toHaveLength(1);
});

test.each<[string, string, (delivery: Delivery) => void]>([
  [
    'accepted',
    '1 complete',
    (delivery) => {
      delivery.accept();
    },
  ],
  [
    'rejected',
    '1 complete',
    (delivery) => {
      delivery.reject();
    },
  ],
  [
    'released',
    '1 abandon',
    (delivery) => {
      delivery.release();
    },
  ],
  [
    'modified',
    '1 abandon',
    (delivery) => {
      delivery.modified({ delivery_failed: true });
    },
  ],
  [
    'modified as undeliverable',
    '1 complete',
    (delivery) => {
      delivery.modified({ undeliverable_here: true });
    },
  ],
])('what is %s is %s', async (_, settled, settle) => {
  gateway.feedback.put(fakeBatch(1));
  const { got } = await receive();
  await eventually(() => got.length === 1);
  settle(got[0]!.delivery);
  await eventually(() => gateway.feedback.settled.length === 1);
  expect(gateway.feedback.settled).toEqual([settled]);
});

test('what is given back comes again, and says so', async () => {
  gateway.feedback.put(fakeBatch(1));
  const { got } = await receive();
  await eventually(() => got.length === 1);
  got[0]!.delivery.release();
  await eventually(() => got.length === 2);
  expect(got[1]!.message.message_annotations).toMatchObject({ 'iothub-deliverycount': 1 });
});

test.each<[string, () => void]>([
  ['accepted', () => undefined],
  [
    'com.microsoft:message-lock-lost',
    () => {
      gateway.feedback.loseLocks();
    },
  ],
])('a client that settles second is answered with %s', async (outcome, prepare) => {
  gateway.feedback.put(fakeBatch(1));
  const { got, receiver } = await receive({ rcv_settle_mode: 1 });
  await eventually(() => got.length === 1);
  const settled = once(receiver as unknown as EventEmitter, 'settled');
  prepare();
  const { delivery } = got[0]!;
  delivery.accept();
  await settled;
  const state = delivery.remote_state as { error?: { condition: string } } | undefined;
  expect(state?.error?.condition ?? 'accepted').toBe(outcome);
});

test('a client hears of what was carried out, though its first answer was lost', async () => {
  gateway.feedback.put(fakeBatch(1));
  const { got, receiver } = await receive({ rcv_settle_mode: 1 });
  await eventually(() => got.length === 1);
  const settled = once(receiver as unknown as EventEmitter, 'settled');
  const failure = new HubError('GenericTimeout', 'The answer is lost.');
  Object.assign(gateway.feedback, { failure, losesAnswers: true });
  const { delivery } = got[0]!;
  delivery.accept();
  await eventually(() => gateway.feedback.settled.length === 1);
  gateway.feedback.failure = undefined;
  await settled;
  expect((delivery.remote_state as { error?: object }).error).toBeUndefined();
  expect(gateway.feedback.settled).toEqual(['1 complete']);
});

test('of what a client says twice of a batch the first counts', async () => {
  gateway.feedback.put(fakeBatch(1));
  gateway.feedback.put(fakeBatch(2));
  const { got } = await receive({ rcv_settle_mode: 1 });
  await eventually(() => got.length === 2);
  const settle = jest.spyOn(gateway.feedback, 'settle');
  settle.mockReturnValueOnce(new Promise(() => undefined));
  got[0]!.delivery.release();
  await eventually(() => settle.mock.calls.length === 1);
  got[0]!.delivery.accept();
  got[1]!.delivery.accept();
  await eventually(() => gateway.feedback.settled.length === 1);
  expect(settle.mock.calls.map(([, lockToken, outcome]) => [lockToken[0], outcome])).toEqual([
    [1, 'abandon'],
    [2, 'complete'],
  ]);
});

test('batches whose settlement is not answered take room', async () => {
  for (let number = 1; number <= 65; number++) {
    gateway.feedback.put(fakeBatch(number));
  }
  const { got, receiver } = await receive({ credit_window: 0 });
  receiver.add_credit(100);
  await eventually(() => got.length === 64);
  jest.spyOn(gateway.feedback, 'settle').mockReturnValueOnce(new Promise(() => undefined));
  got[0]!.delivery.accept();
  receiver.drain_credit();
  await once(receiver as unknown as EventEmitter, 'receiver_drained');
  expect(gateway.feedback.waiting).toHaveLength(1);
  receiver.add_credit(1);
  got[1]!.delivery.accept();
  await eventually(() => got.length === 65);
});

test('credit of 1 brings one batch, and a drain gives back what is left', async () => {
  gateway.feedback.put(fakeBatch(1));
  gateway.feedback.put(fakeBatch(2));
  const { got, receiver } = await receive({ credit_window: 0 });
  receiver.add_credit(1);
  await eventually(() => got.length === 1);
  await new Promise(setImmediate);
  expect(gateway.feedback.waiting).toHaveLength(1);

  receiver.add_credit(5);
  receiver.drain_credit();
  await once(receiver as unknown as EventEmitter, 'receiver_drained');
  expect([got.length, (receiver as unknown as { credit: number }).credit]).toEqual([2, 0]);
});

test('several receivers share what there is', async () => {
  const [one, other] = [await receive({ name: 'one' }), await receive({ name: 'other' })];
  for (let number = 1; number <= 4; number++) {
    gateway.feedback.put(fakeBatch(number));
  }
  one.receiver.add_credit(1);
  await eventually(() => one.got.length + other.got.length === 4);
  expect([one.got.length, other.got.length]).toEqual([2, 2]);
});

test('a batch that is not settled when its link ends is settled by nobody', async () => {
  gateway.feedback.put(fakeBatch(1));
  const { got, receiver } = await receive();
  await eventually(() => got.length === 1);
  receiver.close();
  await eventually(() => gateway.table.accesses.ofHub('h').length === 0);
  expect(gateway.feedback.settled).toEqual([]);
});

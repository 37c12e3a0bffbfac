import { beforeEach, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from './authenticator.fake.js';
import { FakeDeviceMessages } from './device-messages.fake.js';
import { PacedDeviceMessages } from './paced-device-messages.js';

const away = new HubError('ServiceUnavailable', 'away');
let nowMs: number;
let queues: FakeDeviceMessages;
let paced: PacedDeviceMessages;

beforeEach(() => {
  nowMs = 1_000;
  queues = new FakeDeviceMessages();
  paced = new PacedDeviceMessages(queues, () => nowMs);
});

/** @returns how it ended */
async function lock(hub = 'h'): Promise<string> {
  const grant = { ...fakeGrant, hub };
  const session = { identity: { deviceId: 'd1' }, grant, connectionId: 'c1', modelId: undefined };
  const receiver = { session, connection: { sequence: '1', keepsMessages: true } };
  return paced.lock(receiver, { limit: 1, held: [], subscribedMs: undefined }).then(
    () => 'answered',
    (error: unknown) => (error as HubError).code,
  );
}

function lockMany(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => lock()));
}

test('calls go through while they are answered', async () => {
  expect(await lockMany(3)).toEqual(['answered', 'answered', 'answered']);
  expect(queues.calls).toHaveLength(3);
});

test('while none is answered one in 0.2 s is made, and the others fail at once', async () => {
  queues.failure = away;
  await lock();
  expect(await lockMany(50)).toEqual(Array(50).fill('ServiceUnavailable'));
  expect(queues.calls).toHaveLength(1);
  nowMs += 200;
  await lockMany(50);
  expect(queues.calls).toHaveLength(2);
  nowMs += 199;
  await lockMany(50);
  expect(queues.calls).toHaveLength(2);
});

test('an answer ends it for all', async () => {
  queues.failure = away;
  await lock();
  queues.failure = undefined;
  nowMs += 200;
  expect(await lock()).toBe('answered');
  expect(await lockMany(3)).toEqual(['answered', 'answered', 'answered']);
});

test('other hubs are not held up', async () => {
  queues.failure = away;
  await lock();
  queues.failure = undefined;
  expect([await lock('other'), await lock()]).toEqual(['answered', 'ServiceUnavailable']);
});

test('a refusal is an answer', async () => {
  queues.failure = new HubError('DeviceNotFound', 'gone');
  expect(await lockMany(3)).toEqual(['DeviceNotFound', 'DeviceNotFound', 'DeviceNotFound']);
  expect(queues.calls).toHaveLength(3);
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SettlementOutcome } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { HubError, identityKey } from '@linchpin/wire';
import { MessagesUnderTest } from './support/messages-under-test.js';

let messages: MessagesUnderTest;

beforeEach(async () => {
  messages = await MessagesUnderTest.start();
});

afterEach(() => messages.stop());

test('the gateway that holds the device is told, and no other', async () => {
  const told: string[] = [];
  const device = messages.newDevice();
  await messages.startGateway(device, ({ connectionId }) => ({ told: told.push(connectionId) }));
  await messages.send(device);

  await eventually(() => told.length === 1);
  expect(told).toEqual(['connection of d1']);
  await messages.send(messages.newDevice(messages.newHub(), 'd2'));
  const again = messages.newDevice(device, 'd1');
  await messages.send(again);
  await messages.send(device);
  expect(told).toHaveLength(1);
});

test('a gateway that does not answer is told until it does, or the device is elsewhere', async () => {
  let asked = 0;
  const device = messages.newDevice();
  await messages.startGateway(device, () => {
    asked += 1;
    throw new HubError('ServiceUnavailable', 'Not now.');
  });
  await messages.send(device);
  await eventually(() => asked >= 2);
  const told: string[] = [];
  await messages.startGateway(device, ({ connectionId }) => ({ told: told.push(connectionId) }));

  await eventually(() => told.length === 1);
});

test('a device without a subscription is no trouble', async () => {
  let asked = 0;
  const device = messages.newDevice();
  await messages.startGateway(device, () => {
    asked += 1;
    throw new HubError('DeviceNotOnline', 'No subscription.');
  });
  await messages.send(device);
  await eventually(() => asked === 1);
  const { redis, keys } = messages.process;
  await redis.del(keys.presence(identityKey(device.hub, device)));
  await messages.send(device);

  expect(asked).toBe(1);
});

test('a process that starts tells of what waits', async () => {
  const device = messages.newDevice();
  await messages.send(device);
  await messages.process.stopProcess();
  const told: string[] = [];
  await messages.startGateway(device, ({ connectionId }) => ({ told: told.push(connectionId) }));
  await messages.process.restart();

  await eventually(() => told.length > 0);
});

test('the gateway is told of what somebody else gives back, and of nothing that he takes', async () => {
  const told: string[] = [];
  const device = messages.newDevice();
  await messages.send(device);
  await messages.send(device);
  const locked = await messages.lock(device, { connection: undefined });
  await messages.startGateway(device, ({ connectionId }) => ({ told: told.push(connectionId) }));
  await messages.settle(device, locked.slice(0, 1), SettlementOutcome.COMPLETE);
  await messages.settle(device, locked.slice(1), SettlementOutcome.ABANDON);

  await eventually(() => told.length === 1);
  expect(told).toEqual(['connection of d1']);
});

import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea, { type Sender } from 'rhea';
import { FakeAmqpGateway, type RheaDevice } from './gateway.fake.js';

const telemetry = '/devices/d1/messages/events';

let gateway: FakeAmqpGateway;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

describe('the model of a device', () => {
  const modelId = 'dtmi:com:example:Thermostat;1';

  function openSender({ client }: RheaDevice, name: unknown): Sender {
    return client.open_sender({
      target: telemetry,
      properties: { 'com.microsoft:model-id': name },
    });
  }

  test.each([
    ['a string', modelId],
    ['a symbol', rhea.types.wrap_symbol(modelId)],
  ])('is what the link by which it connects names it as %s', async (_, name) => {
    const device = await gateway.connectDevice();
    const sender = openSender(device, name);
    await once(sender as unknown as EventEmitter, 'sendable');
    sender.send({ body: 'a' });
    await eventually(() => gateway.log.stored.length === 1);

    expect(gateway.log.stored[0]?.session.modelId).toBe(modelId);
  });

  test('is of no more than 4,096 characters, else the device is refused', async () => {
    const device = await gateway.connectDevice();
    const sender = openSender(device, 'm'.repeat(4_097));
    await once(sender as unknown as EventEmitter, 'sender_error');

    expect(sender.error).toMatchObject({ condition: 'com.microsoft:argument-error' });
    expect(gateway.isConnected('d1')).toBe(false);
  });

  test('is none when no link names one', async () => {
    const device = await gateway.connectDevice();
    const sender = await device.openSender(telemetry);
    sender.send({ body: 'a' });
    await eventually(() => gateway.log.stored.length === 1);

    expect(gateway.log.stored[0]?.session.modelId).toBeUndefined();
  });
});

test('links that are given up while the device is let in take room until then, and harm nobody', async () => {
  const { connected } = gateway.services.partialInput;
  const device = await gateway.connectDevice();
  const letIn = gateway.credentials.holdVerdicts();
  for (let number = 1; number <= 3; number++) {
    const sender = device.client.open_sender({
      target: telemetry,
      properties: { large: 'x'.repeat(60_000) },
    });
    await new Promise(setImmediate);
    sender.close();
    await once(sender as unknown as EventEmitter, 'sender_close');
  }
  // rhea attaches each once more.
  await eventually(() => connected.heldBytes > 5 * 60_000);
  letIn();
  await eventually(() => connected.heldBytes === 0 && !gateway.isConnected('d1'));

  const sender = await device.openSender(telemetry);
  sender.send({ body: 'a' });
  await eventually(() => gateway.log.stored.length === 1);
});

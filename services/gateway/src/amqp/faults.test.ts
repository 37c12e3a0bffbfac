/** A fault of the gateway's own ends the connection that met it, and no other. */
import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { TelemetrySender } from '../domain/send-telemetry.js';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

let gateway: FakeAmqpGateway;
let other: RheaDevice;
const fault = new TypeError('a fault');

function fail(): never {
  throw fault;
}

beforeEach(async () => {
  gateway = new FakeAmqpGateway();
  other = await gateway.connect();
  await other.putToken(tokenFor('/devices/other'));
});

afterEach(() => {
  jest.restoreAllMocks();
  gateway.close();
});

/** @param meet makes the connection of `d1` meet the fault */
async function expectAlone(device: RheaDevice, meet: () => void): Promise<void> {
  const sender = await other.openSender('/devices/other/messages/events');
  const closed = once(device.client as unknown as EventEmitter, 'connection_close');
  meet();
  await closed;
  expect(device.client.error).toMatchObject({ condition: 'amqp:internal-error' });
  await eventually(() => !gateway.isConnected('d1'));
  expect(gateway.lines).toContainEqual(
    expect.objectContaining({
      msg: 'a fault ends a connection',
      err: expect.objectContaining({ message: 'a fault', stack: expect.any(String) }),
    }),
  );
  sender.send({ body: 'goes on' });
  await eventually(() => gateway.log.bodies.includes('goes on'));
}

test('while what the client sent is read', async () => {
  const device = await gateway.connectDevice();
  await expectAlone(device, () => {
    jest.spyOn(gateway.services.presence, 'announce').mockImplementation(fail);
    device.client.open_receiver({ source: '/devices/d1/methods/devicebound' });
  });
});

test('while telemetry is received, which is rejected', async () => {
  const device = await gateway.connectDevice();
  const sender = await device.openSender('/devices/d1/messages/events');
  await expectAlone(device, () => {
    jest.spyOn(TelemetrySender.prototype, 'admit').mockImplementationOnce(fail);
    sender.send({ body: 'a' });
  });
});

test('while a token is judged', async () => {
  const device = await gateway.connectDevice();
  await device.openSender('/devices/d1/messages/events');
  const sender = await device.openSender('$cbs');
  await expectAlone(device, () => {
    jest.spyOn(gateway.credentials, 'authenticate').mockRejectedValue(fault);
    sender.send({
      application_properties: { operation: 'put-token', type: 'azure-devices.net:sastoken' },
      body: tokenFor('/devices/d1'),
    });
  });
});

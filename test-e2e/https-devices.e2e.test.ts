/** Devices over HTTPS: Azure's unmodified SDK for Node. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Client, Message } from 'azure-iot-device';
import { Http } from 'azure-iot-device-http';
import { createClientCertificate } from './support/client-certificate.js';
import { deviceConnectionString } from './support/device-connection-string.js';
import { countMessages, sendMessage } from './support/devicebound-messages.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { createDevice, createX509Device, request, type TestIdentity } from './support/registry.js';

const open: Client[] = [];
let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await Promise.all(open.map((client) => client.close()));
  await reader.close();
});

async function openDevice(): Promise<[TestIdentity, Client]> {
  const device = await createDevice();
  const client = Client.fromConnectionString(deviceConnectionString(device), Http);
  await client.open();
  open.push(client);
  return [device, client];
}

function numbered(number: number): Message {
  const message = new Message(JSON.stringify({ number }));
  message.messageId = `m-${number}`;
  message.correlationId = 'c';
  message.userId = 'u';
  message.contentType = 'application/json';
  message.contentEncoding = 'utf-8';
  message.properties.add('CamelCase', `n ${number}`);
  return message;
}

const storedAs = (number: number): object => ({
  'iothub-message-source': 'Telemetry',
  'message-id': `m-${number}`,
  'correlation-id': 'c',
  'user-id': 'u',
  'content-type': 'application/json',
  'content-encoding': 'utf-8',
  CamelCase: `n ${number}`,
});

test('Node: sendEvent stores a message as over MQTT', async () => {
  const [{ deviceId }, client] = await openDevice();
  for (const number of [0, 1, 2]) {
    await client.sendEvent(numbered(number));
  }
  const stored = await reader.waitFor(deviceId, 3);

  expect(stored.map(({ value }) => value.toString())).toEqual([
    '{"number":0}',
    '{"number":1}',
    '{"number":2}',
  ]);
  expect(stored[1]?.headers).toMatchObject({
    ...storedAs(1),
    'iothub-connection-device-id': deviceId,
    'iothub-connection-auth-method':
      '{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
  });
});

test('Node: sendEventBatch stores its messages in order', async () => {
  const [{ deviceId }, client] = await openDevice();
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  await client.sendEventBatch(numbers.map(numbered));
  const stored = await reader.waitFor(deviceId, 20);

  expect(stored.map(({ value }) => value.toString())).toEqual(
    numbers.map((number) => JSON.stringify({ number })),
  );
  expect(stored[7]?.headers).toMatchObject({ CamelCase: 'n 7' });
});

test('Node: a device completes, rejects and abandons messages', async () => {
  const [device, client] = await openDevice();
  const taken: Message[] = [];
  await sendMessage(device, 'completed', {
    ...{ messageid: 'm1', correlationid: 'c1', ack: 'full', contenttype: 'text/plain' },
    'app-room': 'kitchen',
  });
  await sendMessage(device, 'rejected', { messageid: 'm2', ack: 'full' });
  await sendMessage(device, 'abandoned', { messageid: 'm3', ack: 'full' });
  const textOf = (message: Message): string => (message.getData() as Buffer).toString();
  client.on('message', (message: Message) => {
    taken.push(message);
    const isFirst = taken.filter((each) => textOf(each) === textOf(message)).length === 1;
    if (textOf(message) === 'rejected') {
      void client.reject(message);
    } else if (textOf(message) === 'abandoned' && isFirst) {
      void client.abandon(message);
    } else {
      void client.complete(message);
    }
  });
  await eventually(async () => (await countMessages(device)) === 0, 20_000);

  expect(taken.map(textOf).toSorted()).toEqual(['abandoned', 'abandoned', 'completed', 'rejected']);
  expect(taken.find((message) => textOf(message) === 'completed')).toMatchObject({
    messageId: 'm1',
    correlationId: 'c1',
    to: `/devices/${device.deviceId}/messages/deviceBound`,
  });
});

test('Node: a device is known by its certificate, and by it alone', async () => {
  const { tls, sha1 } = createClientCertificate();
  const { deviceId } = await createX509Device({ primaryThumbprint: sha1 });
  const connection = `HostName=${hub.host};DeviceId=${deviceId};x509=true`;
  const known = Client.fromConnectionString(connection, Http);
  // The SDK never says that it has done so.
  void known.setOptions({ ...tls });
  await known.open();
  open.push(known);
  await known.sendEvent(new Message('by certificate'));
  const unknown = Client.fromConnectionString(connection, Http);
  void unknown.setOptions({ ...createClientCertificate().tls });
  await unknown.open();
  open.push(unknown);

  await expect(unknown.sendEvent(new Message('by another'))).rejects.toMatchObject({
    name: 'UnauthorizedError',
  });
  expect(await reader.waitFor(deviceId, 1)).toMatchObject([
    { headers: { 'iothub-connection-auth-method': expect.stringContaining('x509') } },
  ]);
});

test('device-https 50: HTTPS leaves the state of the connection as it is', async () => {
  const [device, client] = await openDevice();
  await client.sendEvent(new Message('here I am'));
  await reader.waitFor(device.deviceId, 1);
  const answer = await request('GET', `/devices/${device.deviceId}`);

  expect(await answer.json()).toMatchObject({ connectionState: 'Disconnected' });
});

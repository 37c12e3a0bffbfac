/** The built-in endpoint read by the unmodified Python `azure-eventhub`. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { createConsumerGroup, eventsConnectionString } from './support/event-hubs.js';
import { hub } from './support/hub.js';
import { createDevice } from './support/registry.js';

const deviceId = `eh-py-${randomUUID()}`;

interface Told {
  readonly hub: object;
  readonly partition: Readonly<Record<string, string>>;
  readonly events: readonly { readonly body: { readonly number: number } }[];
  readonly last: readonly string[];
  readonly stolen: string | null;
  readonly another: string | null;
}

let told: Told;

beforeAll(async () => {
  const { primaryKey } = await createDevice(deviceId);
  const text = `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`;
  const device = Client.fromConnectionString(text, Mqtt);
  await device.open();
  for (const number of [0, 1, 2]) {
    const message = new Message(JSON.stringify({ number }));
    message.messageId = `m-${number}`;
    message.contentType = 'application/json';
    message.properties.add('level', 'high');
    await device.sendEvent(message);
  }
  await device.close();
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'python', 'read_events.py');
  const { stdout } = await promisify(execFile)(
    python,
    [script, eventsConnectionString, deviceId, '3', await createConsumerGroup('python-readers')],
    { env: { ...process.env, IOTHUB_CA_FILE: hub.authorityFile } },
  );
  told = JSON.parse(stdout) as Told;
}, 180_000);

test('amqp 51: get_eventhub_properties', () => {
  expect(told.hub).toEqual({ name: hub.eventsTopic, partitions: ['0', '1', '2', '3'] });
});

test('amqp 52: get_partition_properties', () => {
  const { last_enqueued_offset: offset, last_enqueued_sequence_number: number } = told.partition;
  expect(told.partition).toMatchObject({ eventhub_name: hub.eventsTopic, is_empty: 'False' });
  expect(offset).toBe(number);
});

test('amqp 57: events come in order, with what the device and the hub say of them', () => {
  expect(told.events.map(({ body }) => body.number)).toEqual([0, 1, 2]);
  expect(told.events[0]).toMatchObject({
    message_id: 'm-0',
    content_type: 'application/json',
    properties: { level: 'high' },
    is_numbered: true,
    annotations: expect.arrayContaining([
      'iothub-connection-device-id',
      'iothub-enqueuedtime',
      'iothub-message-source',
    ]),
  });
});

test('amqp 56: the end of the partition is told to who tracks it', () => {
  expect(told.last).toEqual(['enqueued_time', 'offset', 'retrieval_time', 'sequence_number']);
});

test('amqp 55, 58: who loses a partition hears why, and not that lists are too short', () => {
  expect(told.stolen).toMatch(/New receiver '[^']+' with higher epoch of '2' is created/);
});

test('amqp 58: an event hub that is not there', () => {
  expect(told.another).toMatch(/404[^]*NotFound/);
});

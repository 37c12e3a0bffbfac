/** The way that README.md shows: unmodified SDKs in, Kafka's own tools out. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { Registry } from 'azure-iothub';
import { hub } from './support/hub.js';
import { KafkaReader, type StoredMessage } from './support/kafka-reader.js';

const run = promisify(execFile);
const count = 100;
const numbers = Array.from({ length: count }, (_, number) => number);
let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

/** Creates a device with the service SDK. */
async function createDevice(): Promise<{ readonly id: string; readonly connection: string }> {
  const id = `sdk-${randomUUID()}`;
  const registry = Registry.fromConnectionString(hub.connectionString);
  const { responseBody } = await registry.create({ deviceId: id });
  const key = responseBody.authentication?.symmetricKey?.primaryKey ?? '';
  return { id, connection: `HostName=${hub.host};DeviceId=${id};SharedAccessKey=${key}` };
}

function expectAllInOrder(id: string, stored: readonly StoredMessage[]): void {
  expect(stored.map(({ value }) => JSON.parse(value.toString()) as unknown)).toEqual(
    numbers.map((number) => ({ number })),
  );
  expect(stored.map(({ headers }) => headers['number'])).toEqual(numbers.map(String));
  expect(new Set(stored.map(({ partition }) => partition)).size).toBe(1);
  expect(stored[7]?.headers).toMatchObject({
    'iothub-connection-device-id': id,
    'iothub-message-source': 'Telemetry',
    'message-id': 'm-7',
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
    number: '7',
  });
}

test('the Node SDKs create a device and send 100 messages, which kcat prints in order', async () => {
  const { id, connection } = await createDevice();
  const client = Client.fromConnectionString(connection, Mqtt);
  await client.open();
  for (const number of numbers) {
    const message = new Message(JSON.stringify({ number }));
    message.messageId = `m-${number}`;
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('number', String(number));
    await client.sendEvent(message);
  }
  await client.close();

  expectAllInOrder(id, await reader.waitFor(id, count));

  const kcat = process.env['LINCHPIN_TEST_KCAT'] ?? 'kcat';
  const { stdout } = await run(
    kcat,
    [
      ...['-b', hub.kafkaBrokers.join(','), '-t', hub.eventsTopic],
      ...['-C', '-e', '-q', '-o', 'beginning', '-f', '%k\t%h\t%s\\n'],
    ],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  const lines = stdout.split('\n').filter((line) => line.startsWith(`${id}\t`));
  expect(lines.map((line) => line.split('\t')[2])).toEqual(
    numbers.map((number) => JSON.stringify({ number })),
  );
  expect(lines[7]?.split('\t')[1]).toContain('message-id=m-7');
});

test('the Python SDK sends 100 messages', async () => {
  const { id, connection } = await createDevice();
  const script = join(import.meta.dirname, 'python', 'send_telemetry.py');
  await run(process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3', [script, connection, String(count)]);

  expectAllInOrder(id, await reader.waitFor(id, count));
});

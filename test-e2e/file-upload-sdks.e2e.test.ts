/** Files uploaded by the unmodified device SDKs, and told of by those of back ends. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlockBlobClient } from '@azure/storage-blob';
import { eventually } from '@linchpin/testing';
import { Client } from 'azure-iot-device';
import { Http } from 'azure-iot-device-http';
import { Mqtt } from 'azure-iot-device-mqtt';
import { Client as ServiceClient } from 'azure-iothub';
import { deviceConnectionString } from './support/device-connection-string.js';
import { allowUploads, blobs, uriOf } from './support/file-uploads.js';
import { hub } from './support/hub.js';
import { createDevice } from './support/registry.js';
import { receiverOf } from './support/service-receiver.js';

interface NotificationJson {
  readonly deviceId: string;
  readonly blobUri: string;
  readonly blobName: string;
  readonly lastUpdatedTime: string;
  readonly blobSizeInBytes: number;
  readonly enqueuedTimeUtc: string;
}

/** The SDK has a copy of the class of its own. */
type ReceivedMessage = Parameters<ServiceClient.ServiceReceiver['complete']>[0];

const open: { close(): Promise<unknown> }[] = [];
const notified: NotificationJson[] = [];
let container: string;

beforeAll(async () => {
  container = await allowUploads('local');
  const back = ServiceClient.fromConnectionString(hub.connectionString);
  await back.open();
  open.push(back);
  const receiver = await receiverOf((done) => {
    back.getFileNotificationReceiver(done);
  });
  receiver.on('message', (message: ReceivedMessage) => {
    notified.push(JSON.parse((message.getData() as Buffer).toString()) as NotificationJson);
    receiver.complete(message, () => undefined);
  });
});

afterAll(async () => {
  await Promise.all(open.map((each) => each.close()));
  await blobs.deleteContainer(container);
});

const of = (deviceId: string): NotificationJson[] =>
  notified.filter((each) => each.deviceId === deviceId);

async function openDevice(transport: typeof Http | typeof Mqtt) {
  const device = await createDevice();
  const client = Client.fromConnectionString(deviceConnectionString(device), transport);
  await client.open();
  open.push(client);
  return { device, client };
}

test.each([
  ['HTTPS', Http],
  ['MQTT', Mqtt],
] as const)('device-mqtt 61: Node, a client of %s: uploadToBlob', async (_, transport) => {
  const { device, client } = await openDevice(transport);
  const content = randomBytes(9 * 1024 * 1024);
  await client.uploadToBlob('logs/day 1.bin', Readable.from([content]), content.length);
  await eventually(() => of(device.deviceId).length === 1);
  const blobName = `${device.deviceId}/logs/day 1.bin`;

  expect(of(device.deviceId)).toEqual([
    {
      deviceId: device.deviceId,
      blobName,
      blobUri: expect.stringMatching(/^https:\/\/[^?]+\/logs\/day(?: |%20)1\.bin$/),
      blobSizeInBytes: content.length,
      lastUpdatedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)$/),
      enqueuedTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  ]);
  expect(await blobs.read(container, encodeURI(blobName))).toBe(content.toString());
});

test('device-mqtt 61: Node: the low-level calls', async () => {
  const { device, client } = await openDevice(Mqtt);
  const grant = await client.getBlobSharedAccessSignature('a.txt');
  await new BlockBlobClient(uriOf(grant)).upload('hello', 5);
  await client.notifyBlobUploadStatus(grant.correlationId, true, 201, 'Created');
  const failed = await client.getBlobSharedAccessSignature('b.txt');
  await client.notifyBlobUploadStatus(failed.correlationId, false, 500, 'no storage');
  await eventually(() => of(device.deviceId).length === 1);

  expect(of(device.deviceId)).toMatchObject([
    { blobName: `${device.deviceId}/a.txt`, blobSizeInBytes: 5 },
  ]);
  expect(await blobs.read(container, `${device.deviceId}/a.txt`)).toBe('hello');
});

test('device-mqtt 61: Python: a blob is uploaded, and a message sent over WebSocket', async () => {
  const device = await createDevice();
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'python', 'upload_file.py');
  await promisify(execFile)(python, [script, deviceConnectionString(device)], {
    env: { ...process.env, IOTHUB_CA_FILE: hub.authorityFile },
  });
  await eventually(() => of(device.deviceId).length === 1);

  expect(of(device.deviceId)).toMatchObject([
    { blobName: `${device.deviceId}/from/python.txt`, blobSizeInBytes: 17 },
  ]);
  expect(await blobs.read(container, `${device.deviceId}/from/python.txt`)).toBe(
    'hello from Python',
  );
});

/** Files that devices upload, request by request (device-https.md section 6). */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BlockBlobClient } from '@azure/storage-blob';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import {
  allowUploads,
  ask,
  blobs,
  completeUpload,
  grantUpload,
  startUpload,
  uriOf,
  type Grant,
} from './support/file-uploads.js';
import {
  abandonNotification,
  completeNotification,
  receiveNotification,
} from './support/file-notifications.js';
import { createDevice, createModule, type TestIdentity } from './support/registry.js';

const name = `files-${randomUUID().slice(0, 8)}`;
let hub: ServiceAccess;
let device: TestIdentity;
let container: string;

beforeAll(async () => {
  hub = await createHub(name, `${name}.example`);
  device = await createDevice(undefined, {}, hub);
  container = await allowUploads(name, {
    fileNotifications: {
      lockDurationAsIso8601: 'PT5S',
      ttlAsIso8601: 'PT1H',
      maxDeliveryCount: 2,
    },
  });
});

afterAll(async () => {
  await administer('DELETE', `/${name}`);
  await blobs.deleteContainer(container);
});

const newDevice = (): Promise<TestIdentity> => createDevice(undefined, {}, hub);

async function upload(grant: Grant, content: string): Promise<void> {
  await new BlockBlobClient(uriOf(grant)).upload(content, Buffer.byteLength(content));
}

test('device-https 33: a grant has five members, and is of one blob in the folder of its device', async () => {
  const grant = await grantUpload(device, 'dir/name.txt');

  expect(Object.keys(grant).toSorted()).toEqual([
    ...['blobName', 'containerName', 'correlationId', 'hostName', 'sasToken'],
  ]);
  expect(grant.blobName).toBe(`${device.deviceId}/dir/name.txt`);
  expect(grant.sasToken).toMatch(/^\?/);
  expect(grant.correlationId).toMatch(/^[\w-]{16,}$/);
  expect(Object.values(grant)).not.toContain('');
});

test('device-https 34: a slash behind files, and behind notifications', async () => {
  const started = await ask(device, '/', { blobName: 'a.txt' });
  expect(started.status).toBe(200);
  const { correlationId } = JSON.parse(started.text) as Grant;
  const outcome = { correlationId, isSuccess: false, statusCode: 500, statusDescription: '' };

  expect((await ask(device, '/notifications/', outcome)).status).toBe(204);
});

test('device-https 35: Put Blob, and Put Block with Put Block List; the slash may be encoded', async () => {
  const grant = await grantUpload(await newDevice(), 'whole.txt');
  await upload(grant, 'whole');
  const inBlocks = await grantUpload(await newDevice(), 'in/blocks.txt');
  const encoded = { ...inBlocks, blobName: encodeURIComponent(inBlocks.blobName) };
  const client = new BlockBlobClient(uriOf(encoded));
  const ids = ['a', 'b'].map((id) => Buffer.from(id).toString('base64'));
  await client.stageBlock(ids[0]!, 'first ', 6);
  await client.stageBlock(ids[1]!, 'second', 6);
  await client.commitBlockList(ids);

  expect(await blobs.read(container, grant.blobName)).toBe('whole');
  expect(await blobs.read(container, inBlocks.blobName)).toBe('first second');
});

describe('a grant lets its bearer write its blob, and do nothing else', () => {
  let grant: Grant;

  beforeAll(async () => {
    grant = await grantUpload(await newDevice(), 'mine.txt');
    await upload(grant, 'mine');
  });

  test.each([
    ['read it', () => fetch(uriOf(grant))],
    ['delete it', () => fetch(uriOf(grant), { method: 'DELETE' })],
    ['write beside it', () => put({ ...grant, blobName: `${grant.blobName}2` })],
    ['write into the folder of another', () => put({ ...grant, blobName: 'another/mine.txt' })],
    ['list its container', () => list(grant)],
  ])('it cannot %s', async (_, attempt) => {
    expect((await attempt()).status).toBe(403);
  });

  const put = (elsewhere: Grant): Promise<Response> =>
    fetch(uriOf(elsewhere), {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
      body: 'x',
    });

  const list = ({ hostName, containerName, sasToken }: Grant): Promise<Response> =>
    fetch(`https://${hostName}/${containerName}${sasToken}&restype=container&comp=list`);
});

test('device-https 36, 39, 40: three ways to complete; a success is told once, a failure never', async () => {
  const uploading = await newDevice();
  const grants = [];
  for (const blobName of ['by-body', 'by-path', 'by-path-with-null', 'failed']) {
    const grant = await grantUpload(uploading, blobName);
    await upload(grant, blobName);
    grants.push(grant);
  }
  const [body, path, withNull, failed] = grants.map(({ correlationId }) => correlationId);
  const outcome = { isSuccess: true, statusCode: 201, statusDescription: 'Created' };
  const answers = [
    await completeUpload(uploading, body!),
    await ask(uploading, `/notifications/${path!}`, outcome),
    await ask(uploading, `/notifications/${withNull!}`, { ...outcome, correlationId: null }),
    await completeUpload(uploading, failed!, false),
    // Its answer could have been lost.
    await completeUpload(uploading, body!),
  ];
  const told = [];
  for (let count = 0; count < 3; count++) {
    const notification = await receiveNotification(hub);
    told.push(notification.body);
    await completeNotification(hub, notification.lockToken);
  }

  expect(answers.map(({ status, text }) => [status, text])).toEqual(new Array(5).fill([204, '']));
  expect(told).toMatchObject(
    ['by-body', 'by-path', 'by-path-with-null'].map((blobName) => ({
      deviceId: uploading.deviceId,
      blobName: `${uploading.deviceId}/${blobName}`,
      blobSizeInBytes: blobName.length,
    })),
  );
  expect((await receiveNotification(hub)).status).toBe(204);
});

test('a notification is locked, comes again, and is dropped when it was given back too often', async () => {
  const uploading = await newDevice();
  const grant = await grantUpload(uploading, 'locked.txt');
  await upload(grant, 'x');
  await completeUpload(uploading, grant.correlationId);
  const first = await receiveNotification(hub);
  expect((await receiveNotification(hub)).status).toBe(204);
  await delay(5_500);
  const second = await receiveNotification(hub);
  expect(second.body).toEqual(first.body);
  expect(await completeNotification(hub, first.lockToken)).toMatchObject({
    status: 412,
    errorCode: 'DeviceMessageLockLost',
  });
  await abandonNotification(hub, second.lockToken);
  const third = await receiveNotification(hub);
  await abandonNotification(hub, third.lockToken);

  expect((await receiveNotification(hub)).status).toBe(204);
});

test('device-https 37: a correlation id that the device was not given', async () => {
  const { correlationId } = await grantUpload(device, 'of-mine.txt');
  const another = await newDevice();
  for (const forged of [randomUUID(), 'x', '', correlationId, `${correlationId}x`, '../a', 'a\0']) {
    const answer = await completeUpload(another, forged);
    expect([forged, answer.status, answer.errorCode]).toEqual([
      ...[forged, 400, 'InvalidFileUploadCorrelationId'],
    ]);
  }
  expect((await completeUpload(device, correlationId, false)).status).toBe(204);
});

test('device-https 38, 40: of one device ten are under way; the end of one makes room', async () => {
  const uploading = await newDevice();
  const names = Array.from({ length: 20 }, (_, index) => `${index}.txt`);
  const answers = await Promise.all(names.map((blobName) => startUpload(uploading, blobName)));
  const granted = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status !== 200);

  expect([granted.length, refused.length]).toEqual([10, 10]);
  expect(refused[0]).toMatchObject({
    status: 403,
    errorCode: 'DeviceMaximumActiveFileUploadLimitExceeded',
    text: expect.stringContaining('Number of active file upload requests cannot exceed 10'),
  });
  const { correlationId } = JSON.parse(granted[0]!.text) as Grant;
  await completeUpload(uploading, correlationId, false);
  expect((await startUpload(uploading, 'again.txt')).status).toBe(200);
});

test.each([
  ['nothing', ''],
  ['no text', 7],
  ['nothing at all', undefined],
  ['the folder above', '../other/a.txt'],
  ['the folder above, later', 'a/../../other/a.txt'],
  ['itself', './a.txt'],
  ['an encoded folder above', '%2e%2e/other/a.txt'],
  ['a root', '/a.txt'],
  ['backslashes', '..\\other\\a.txt'],
  ['an empty folder', 'a//b.txt'],
  ['a control character', 'a\nb.txt'],
  ['a NUL', 'a\0b.txt'],
  ['too much', 'x'.repeat(1_025)],
])('device-https 33: a blob of the name of %s is not granted', async (_, blobName) => {
  const answer = await startUpload(device, blobName);
  expect([answer.status, answer.errorCode]).toEqual([
    ...[400, expect.stringMatching(/^Argument(?:Invalid|Null)$/)],
  ]);
});

test('device-https 41: a hub whose owner has named no store grants nothing', async () => {
  const other = `nofiles-${randomUUID().slice(0, 8)}`;
  const without = await createHub(other, `${other}.example`);
  const refused = await startUpload(await createDevice(undefined, {}, without), 'a.txt');
  await administer('DELETE', `/${other}`);

  expect(refused).toMatchObject({
    status: 400,
    errorCode: 'DefaultStorageEndpointNotConfigured',
  });
});

test('a module uploads nothing, and no device for another', async () => {
  const module = await createModule(device.deviceId, 'm1', {}, hub);
  const asDevice = { ...module, moduleId: undefined } as unknown as TestIdentity;
  expect((await startUpload(asDevice, 'a.txt')).status).toBe(401);
  const another = await newDevice();
  expect((await startUpload({ ...another, deviceId: device.deviceId }, 'a.txt')).status).toBe(401);
});

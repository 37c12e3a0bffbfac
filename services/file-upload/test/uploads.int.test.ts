import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, testEngines } from '@linchpin/testing';
import { deviceOf, UploadsUnderTest, writeBlob } from './support/uploads-under-test.js';

jest.setTimeout(60_000);

let uploads: UploadsUnderTest;

beforeAll(async () => {
  uploads = await UploadsUnderTest.start();
});

afterAll(() => uploads.stop());

test('an upload that is started, written and completed is told with what it is', async () => {
  const hub = uploads.newHub();
  const device = deviceOf(hub, "dev%1#?!'x");
  const startedTime = Date.now();
  const grant = await uploads.startUpload(device, 'dir/größe 1.txt');
  await writeBlob(grant, 'hello');
  await uploads.complete(device, grant.correlationId);

  const blobName = "dev%1#?!'x/dir/größe 1.txt";
  expect(grant).toMatchObject({ blobName, containerName: uploads.container });
  expect(grant.correlationId).toMatch(/^[\w-]{32}$/);
  const notification = await uploads.receive(hub);
  expect(notification).toMatchObject({
    deviceId: device.deviceId,
    blobName,
    blobUri: `https://${grant.hostName}/${uploads.container}/dev%251%23%3F%21%27x/dir/gr%C3%B6%C3%9Fe%201.txt`,
    blobSizeBytes: 5n,
    deliveryCount: 0,
  });
  expect(notification!.lockToken).toHaveLength(16);
  expect(Math.abs(notification!.lastUpdatedTime!.getTime() - startedTime)).toBeLessThan(30_000);
  expect(Math.abs(notification!.enqueuedTime!.getTime() - startedTime)).toBeLessThan(30_000);
});

test('of fifty that one device starts at once ten are granted, and the others told why not', async () => {
  const device = deviceOf(uploads.newHub());
  const starts = Array.from({ length: 50 }, (_, number) =>
    uploads.startUpload(device, `file-${number}`),
  );
  const results = await Promise.allSettled(starts);
  const refused = results.filter((result) => result.status === 'rejected');

  expect(refused).toHaveLength(40);
  const code = 'DeviceMaximumActiveFileUploadLimitExceeded';
  expect(refused.map(({ reason }) => reason as unknown)).toEqual(
    refused.map(() => expect.objectContaining({ code })),
  );
  await expect(uploads.startUpload(deviceOf(device, 'd2'), 'file')).resolves.toBeDefined();
});

test('fifty devices at once are granted ten each, and no more', async () => {
  const hub = uploads.newHub();
  const devices = Array.from({ length: 50 }, (_, number) => deviceOf(hub, `d${number}`));
  const startAll = () =>
    Promise.allSettled(devices.map((device) => uploads.startUpload(device, 'file')));
  const waves = [];
  for (let number = 0; number < 11; number++) {
    waves.push((await startAll()).filter(({ status }) => status === 'fulfilled').length);
  }

  expect(waves).toEqual([...Array.from({ length: 10 }, () => 50), 0]);
});

test('a place is free again when one is completed, or its grant has expired', async () => {
  const device = deviceOf(uploads.newHub());
  const grants = [];
  for (let number = 0; number < 10; number++) {
    grants.push(await uploads.startUpload(device, `file-${number}`));
  }
  const full = { code: 'DeviceMaximumActiveFileUploadLimitExceeded' };
  await uploads.complete(device, grants[0]!.correlationId, false);
  await uploads.startUpload(device, 'file-10');
  await expect(uploads.startUpload(device, 'file-11')).rejects.toMatchObject(full);

  await uploads.age(device, 3_601);
  await uploads.startUpload(device, 'file-11');
  await expect(uploads.complete(device, grants[1]!.correlationId)).rejects.toMatchObject({
    code: 'ExpiredFileUploadCorrelationId',
  });
});

test('what a device completes twice, or at once, is told once', async () => {
  const hub = uploads.newHub();
  const device = deviceOf(hub);
  const grant = await uploads.startUpload(device, 'file');
  await writeBlob(grant);
  const complete = () => uploads.complete(device, grant.correlationId);
  await Promise.all([complete(), complete(), complete()]);
  await complete();
  await uploads.complete(device, grant.correlationId, false);

  expect(await uploads.countRows('file_notifications', hub)).toBe(1);
});

test('another process completes what one granted that is no more', async () => {
  const hub = uploads.newHub();
  const device = deviceOf(hub);
  const grant = await uploads.startUpload(device, 'file');
  await writeBlob(grant);
  await uploads.replaceProcess();
  await uploads.complete(device, grant.correlationId);

  expect(await uploads.receive(hub)).toMatchObject({ blobName: 'd1/file', blobSizeBytes: 7n });
});

test('a failure is told to nobody', async () => {
  const hub = uploads.newHub();
  const device = deviceOf(hub);
  const { correlationId } = await uploads.startUpload(device, 'file');
  await uploads.complete(device, correlationId, false);

  expect(await uploads.look(hub)).toEqual({ notification: undefined, nextDueMs: undefined });
});

test('where notifications are off none is enqueued', async () => {
  const hub = uploads.newHub({ enabled: false });
  await uploads.upload(deviceOf(hub), 'file');

  expect(await uploads.countRows('file_notifications', hub)).toBe(0);
});

test('without the blob a success is none, until it is there', async () => {
  const hub = uploads.newHub();
  const device = deviceOf(hub);
  const grant = await uploads.startUpload(device, 'late');
  await expect(uploads.complete(device, grant.correlationId)).rejects.toMatchObject({
    code: 'InvalidStorageEndpointOrBlob',
  });
  await writeBlob(grant);
  await uploads.complete(device, grant.correlationId);

  expect(await uploads.receive(hub)).toMatchObject({ blobName: 'd1/late' });
});

test.each([
  ['a device of another name', { deviceId: 'd2' }],
  ['one that was made again', { generationId: '2' }],
  ['one of a hub that was made again', { hubGeneration: '1' }],
])('%s completes nothing', async (_who, other) => {
  const device = deviceOf(uploads.newHub());
  const grant = await uploads.startUpload(device, 'file');
  await writeBlob(grant);

  await expect(
    uploads.complete({ ...device, ...other }, grant.correlationId),
  ).rejects.toMatchObject({ code: 'InvalidFileUploadCorrelationId' });
});

test.each(['', 'unknown', "' or '1'='1", '\ufffd', 'x'.repeat(10_000)])(
  'a correlation id that nobody was given is none: %j',
  async (correlationId) => {
    await expect(uploads.complete(deviceOf(uploads.newHub()), correlationId)).rejects.toMatchObject(
      { code: 'InvalidFileUploadCorrelationId' },
    );
  },
);

test('a device of a hub that is another one by now starts nothing', async () => {
  const hub = uploads.newHub();

  await expect(
    uploads.startUpload(deviceOf({ ...hub, hubGeneration: '1' }), 'file'),
  ).rejects.toMatchObject({ code: 'IotHubNotFound' });
});

test('without storage there are no uploads', async () => {
  const hub = uploads.newHub();
  uploads.registered(hub, { ...uploads.settings(), storage: undefined });

  await expect(uploads.startUpload(deviceOf(hub), 'file')).rejects.toMatchObject({
    code: 'DefaultStorageEndpointNotConfigured',
  });
});

test('to a store that may not be asked there are none either', async () => {
  const connectionString = 'AccountName=acct1;AccountKey=c2VjcmV0;BlobEndpoint=https://127.0.0.1:1';
  const hub = uploads.newHub({}, { connectionString });

  await expect(uploads.startUpload(deviceOf(hub), 'file')).rejects.toMatchObject({
    code: 'InvalidStorageEndpoint',
    message: expect.stringContaining('LINCHPIN_BLOB_HOSTS'),
  });
});

test('a grant that nobody completes ends by itself, is told, and is forgotten a day later', async () => {
  const hub = uploads.newHub();
  await uploads.startUpload(deviceOf(hub), 'file');
  await uploads.age(hub, 3_601);
  const { db } = uploads.deployment.database;
  await eventually(async () => {
    const ended = db.selectFrom('uploads').select('outcome').where('hub', '=', hub.hub);
    return (await ended.execute())[0]?.outcome === 'expired';
  });
  const metrics = await (await fetch(`${uploads.process.probeUrl}/metrics`)).text();
  expect(metrics).toMatch(/linchpin_file_uploads_ended_total\{result="expired",[^}]*\} [1-9]/);

  await uploads.age(hub, 24 * 3_600);
  await eventually(async () => (await uploads.countRows('uploads', hub)) === 0);
});

test('of a device that starts and fails without end a hundred uploads are remembered', async () => {
  const hub = uploads.newHub();
  const device = deviceOf(hub);
  for (let number = 0; number < 105; number++) {
    const { correlationId } = await uploads.startUpload(device, 'file');
    await uploads.complete(device, correlationId, false);
  }

  expect(await uploads.countRows('uploads', hub)).toBeLessThanOrEqual(101);
});

test('what a deleted hub left goes when a process starts, and its successor gets nothing of it', async () => {
  const hub = uploads.newHub();
  await uploads.upload(deviceOf(hub), 'file');
  const successor = { ...hub, hubGeneration: '999999' };
  uploads.registered(successor, uploads.settings());
  expect(await uploads.receive(successor)).toBeUndefined();
  await uploads.replaceProcess();

  await eventually(async () => (await uploads.countRows('file_notifications', hub)) === 0);
  await eventually(async () => (await uploads.countRows('uploads', hub)) === 0);
});

test('no line of the log holds a signature or a key', async () => {
  const { sasToken } = await uploads.startUpload(deviceOf(uploads.newHub()), 'file');
  const key = /AccountKey=([^;]+)/.exec(testEngines().blobConnectionString)![1]!;
  const signature = new URLSearchParams(sasToken).get('sig')!;
  const log = uploads.process.log.join('');

  expect(log).toContain('"upload started"');
  expect(
    [key, signature, encodeURIComponent(signature)].filter((each) => log.includes(each)),
  ).toEqual([]);
});

import { beforeEach, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { UploadSettings, UploadStorage } from './device-upload.js';
import { InMemoryUploads } from './kept-uploads.fake.js';
import { InMemoryUploadStores } from './upload-store.fake.js';
import { Uploads, type UploadResult } from './uploads.js';

const device = { hub: 'hub-a', hubGeneration: '1', deviceId: 'd1', generationId: '2' };
const storage: UploadStorage = {
  connectionString: 'secret',
  containerName: 'uploads',
  isIdentityBased: false,
  identity: undefined,
  grantTtlSeconds: 60,
};
const notifications = { ttlSeconds: 60, lockSeconds: 5, maxDeliveryCount: 3 };
const blob = { sizeBytes: 5, lastUpdatedTime: new Date(0) };

let settings: UploadSettings;
let kept: InMemoryUploads;
let stores: InMemoryUploadStores;
let results: UploadResult[];
let uploads: Uploads;

beforeEach(() => {
  settings = { storage, notifications };
  kept = new InMemoryUploads();
  stores = new InMemoryUploadStores();
  results = [];
  let ids = 0;
  uploads = new Uploads({
    settings: { get: () => Promise.resolve(settings) },
    stores,
    uploads: kept,
    newCorrelationId: () => `id-${(ids += 1)}`,
    events: {
      uploadStarted: () => undefined,
      uploadEnded: (_device, result) => results.push(result),
    },
  });
});

/** As a device does that uploads what it was granted. */
async function startAndWrite(): Promise<string> {
  const { correlationId, blobName } = await uploads.start(device, 'file');
  stores.blobs.set(`https://store.example/uploads/${blobName}`, blob);
  return correlationId;
}

test('an upload that is started has what its device needs', async () => {
  expect(await uploads.start(device, 'dir/file')).toEqual({
    correlationId: 'id-1',
    hostName: 'store.example',
    containerName: 'uploads',
    blobName: 'd1/dir/file',
    sasToken: '?sig=secret',
  });
  expect(kept.kept).toMatchObject([{ device, blobName: 'd1/dir/file', grantTtlSeconds: 60 }]);
});

test('a name that is refused takes no place, and asks for nothing', async () => {
  settings = { storage: undefined, notifications };

  await expect(uploads.start(device, '../d2/file')).rejects.toMatchObject({
    code: 'ArgumentInvalid',
  });
});

test('without a container there are no uploads', async () => {
  settings = { storage: undefined, notifications };

  await expect(uploads.start(device, 'file')).rejects.toMatchObject({
    code: 'DefaultStorageEndpointNotConfigured',
  });
});

test('an eleventh has to wait until one has ended, be it as a failure', async () => {
  for (let number = 0; number < 10; number++) {
    await uploads.start(device, `file-${number}`);
  }
  await expect(uploads.start(device, 'file')).rejects.toMatchObject({
    code: 'DeviceMaximumActiveFileUploadLimitExceeded',
    message: 'Number of active file upload requests cannot exceed 10',
  });
  await uploads.complete(device, 'id-3', false);

  await expect(uploads.start(device, 'file')).resolves.toBeDefined();
});

test('a success is told with what the store says of the blob', async () => {
  await uploads.complete(device, await startAndWrite(), true);

  expect(kept.ends).toEqual([
    { isSuccess: true, notification: { ...blob, settings: notifications } },
  ]);
  expect(results).toEqual([
    { blobName: 'd1/file', isSuccess: true, isNotified: true, droppedNotifications: 0 },
  ]);
});

test('where nobody is to be told the blob must be there all the same', async () => {
  settings = { storage, notifications: undefined };
  const { correlationId } = await uploads.start(device, 'absent');
  await expect(uploads.complete(device, correlationId, true)).rejects.toMatchObject({
    code: 'InvalidStorageEndpointOrBlob',
  });
  await uploads.complete(device, await startAndWrite(), true);

  expect(kept.ends).toEqual([{ isSuccess: true, notification: undefined }]);
});

test('a success without a blob leaves the upload open: its device may write the blob yet', async () => {
  const { correlationId } = await uploads.start(device, 'file');
  await expect(uploads.complete(device, correlationId, true)).rejects.toMatchObject({
    code: 'InvalidStorageEndpointOrBlob',
  });
  stores.blobs.set('https://store.example/uploads/d1/file', blob);

  await uploads.complete(device, correlationId, true);
  expect(results).toHaveLength(1);
});

test('a failure is told to nobody, and asks no store', async () => {
  const correlationId = await startAndWrite();
  settings = { storage: undefined, notifications };
  await uploads.complete(device, correlationId, false);

  expect(kept.ends).toEqual([{ isSuccess: false, notification: undefined }]);
});

test.each([true, false])(
  'what is completed again stays as it is, told success: %j',
  async (again) => {
    const correlationId = await startAndWrite();
    await uploads.complete(device, correlationId, true);
    await uploads.complete(device, correlationId, again);

    expect(kept.ends).toHaveLength(1);
    expect(results).toHaveLength(1);
  },
);

test.each([
  ['of another device', { ...device, deviceId: 'd2' }],
  ['of an earlier device of the name', { ...device, generationId: '3' }],
  ['of an earlier hub of the name', { ...device, hubGeneration: '2' }],
])('an upload %s is none', async (_whose, other) => {
  const correlationId = await startAndWrite();

  await expect(uploads.complete(other, correlationId, true)).rejects.toMatchObject({
    code: 'InvalidFileUploadCorrelationId',
  });
  expect(kept.ends).toEqual([]);
});

test('one whose grant has expired cannot be completed', async () => {
  const correlationId = await startAndWrite();
  await kept.expireSome();

  await expect(uploads.complete(device, correlationId, true)).rejects.toMatchObject({
    code: 'ExpiredFileUploadCorrelationId',
  });
});

test('one that expires while its store is asked is completed, and told', async () => {
  const correlationId = await startAndWrite();
  const { end } = kept;
  jest.spyOn(kept, 'end').mockImplementation(async (...ended) => {
    await kept.expireSome();
    return end.apply(kept, ended);
  });
  await uploads.complete(device, correlationId, true);

  expect(kept.ends).toMatchObject([{ isSuccess: true, notification: expect.anything() }]);
});

test.each(['', 'a b', '../other', 'x\0', 'x'.repeat(65)])(
  'the correlation id %j is none',
  async (correlationId) => {
    await expect(uploads.complete(device, correlationId, true)).rejects.toMatchObject({
      code: 'InvalidFileUploadCorrelationId',
    });
  },
);

test('a blob is not looked for in another storage than it was granted in', async () => {
  const correlationId = await startAndWrite();
  settings = { storage: { ...storage, containerName: 'another' }, notifications };
  stores.blobs.set('https://store.example/another/d1/file', blob);

  await expect(uploads.complete(device, correlationId, true)).rejects.toMatchObject({
    code: 'InvalidStorageEndpointOrBlob',
  });
});

test('a registry that does not answer leaves the upload open', async () => {
  const correlationId = await startAndWrite();
  const away = new HubError('ServiceUnavailable', 'away');
  const asked = new Uploads({
    settings: { get: () => Promise.reject(away) },
    stores,
    uploads: kept,
    newCorrelationId: () => 'unused',
    events: { uploadStarted: () => undefined, uploadEnded: () => undefined },
  });
  await expect(asked.complete(device, correlationId, true)).rejects.toBe(away);

  await uploads.complete(device, correlationId, true);
  expect(kept.ends).toHaveLength(1);
});

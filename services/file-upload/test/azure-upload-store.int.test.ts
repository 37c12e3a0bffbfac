import { Readable } from 'node:stream';
import { readFileSync } from 'node:fs';
import { BlockBlobClient } from '@azure/storage-blob';
import { expect, jest, test } from '@jest/globals';
import { BlobAccount, testEngines } from '@linchpin/testing';
import { HttpUploadStores } from '../src/blob/http-upload-stores.js';
import type { UploadStorage } from '../src/domain/device-upload.js';
import { describeUploadStore } from './support/upload-store.contract.js';
import { uriOf } from './support/uploads-under-test.js';

jest.setTimeout(60_000);

const { blobConnectionString: connectionString, blobAuthorityFile } = testEngines();
const blobs = new BlobAccount(connectionString);
const settings = {
  allowedHosts: [new URL(/BlobEndpoint=([^;]+)/.exec(connectionString)![1]!).host],
  authorities: [readFileSync(blobAuthorityFile, 'utf8')],
  identity: undefined,
};

async function newStorage(): Promise<UploadStorage> {
  return {
    connectionString,
    containerName: await blobs.createContainer(),
    isIdentityBased: false,
    identity: undefined,
    grantTtlSeconds: 60,
  };
}

describeUploadStore('a container of Azure Storage', async () => {
  const storage = await newStorage();
  const otherKey = Buffer.alloc(64, 1).toString('base64');
  return {
    settings,
    storage,
    forged: {
      ...storage,
      connectionString: connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${otherKey}`),
    },
    listQuery: 'restype=container&comp=list',
    read: (name) => blobs.read(storage.containerName, encodeURIComponent(name)),
    stop: () => undefined,
  };
});

test('the SDK writes a stream of many blocks with a grant, and reads nothing', async () => {
  const stores = new HttpUploadStores(settings);
  const storage = await newStorage();
  const grant = await stores.open(storage).grant('d1/stream', 60);
  const client = new BlockBlobClient(uriOf({ ...grant, blobName: 'd1/stream' }));
  const piece = Buffer.alloc(64 * 1024, 'x');
  await client.uploadStream(Readable.from(Array.from({ length: 40 }, () => piece)), 256 * 1024, 3);

  expect(await stores.open(storage).find('d1/stream')).toMatchObject({ sizeBytes: 40 * 64 * 1024 });
  await expect(client.getProperties()).rejects.toMatchObject({ statusCode: 403 });
  await expect(client.delete()).rejects.toMatchObject({ statusCode: 403 });
  stores.close();
});

test('a store that does not answer is told as that, and nothing of a signature', async () => {
  const stores = new HttpUploadStores({ ...settings, allowedHosts: ['127.0.0.1:1'] });
  const away = connectionString.replace(
    /BlobEndpoint=[^;]+/,
    'BlobEndpoint=https://127.0.0.1:1/acct',
  );
  const asked = stores.open({ ...(await newStorage()), connectionString: away }).find('d1/a');

  await expect(asked).rejects.toMatchObject({
    code: 'ServiceUnavailable',
    message: expect.not.stringContaining('sig='),
  });
  stores.close();
});

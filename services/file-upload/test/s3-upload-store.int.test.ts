import { jest } from '@jest/globals';
import { S3Store } from '@linchpin/testing';
import { describeUploadStore } from './support/upload-store.contract.js';

// It is a Java of its own that starts.
jest.setTimeout(120_000);

describeUploadStore('a bucket of S3', async () => {
  const server = await S3Store.start();
  server.createBucket('uploads.of-hub');
  const storage = {
    connectionString: server.connectionString,
    containerName: 'uploads.of-hub',
    isIdentityBased: false,
    identity: undefined,
    grantTtlSeconds: 60,
  };
  const { authority } = server;
  return {
    settings: { allowedHosts: [server.host], authorities: [authority], identity: undefined },
    storage,
    forged: {
      ...storage,
      connectionString: server.connectionString.replace(/SecretAccessKey=.*/, 'SecretAccessKey=x'),
    },
    authority,
    listQuery: 'list-type=2',
    read: (name) => server.read(storage.containerName, name),
    stop: () => server.stop(),
  };
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileUploadsService } from '@linchpin/contracts';
import { RpcServer } from '@linchpin/testing/grpc';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { connectFileUpload, type FileUploadConnection } from './file-upload-connection.js';
import { GrpcFileUploads } from './grpc-file-uploads.js';

const session = {
  identity: { deviceId: 'd1' },
  grant: fakeGrant,
  connectionId: 'c1',
  modelId: undefined,
};
const device = {
  hub: 'h',
  hubGeneration: '7',
  deviceId: 'd1',
  generationId: fakeGrant.generationId,
};
const grant = {
  correlationId: 'c1',
  hostName: 'blobs.example.net',
  containerName: 'files',
  blobName: 'd1/a',
  sasToken: '?sig=s',
};

let server: RpcServer;
let connection: FileUploadConnection;
let requests: unknown[];

beforeAll(async () => {
  requests = [];
  const note = (answer: object) => (request: never) => {
    requests.push(request);
    return answer;
  };
  server = await RpcServer.start([
    [FileUploadsService, { startUpload: note(grant), completeUpload: note({}) }],
  ]);
  connection = connectFileUpload({ address: server.address, tls: undefined });
});

afterAll(() => {
  connection.close();
  server.stop();
});

test('says which device uploads what, and what became of it', async () => {
  const uploads = new GrpcFileUploads(connection.uploads);
  const granted = await uploads.start(session, 'a');
  const completion = {
    correlationId: 'c1',
    isSuccess: true,
  };
  await uploads.complete(session, completion);

  expect(granted).toMatchObject(grant);
  expect(requests).toEqual([
    { device, blobName: 'a' },
    { device, ...completion },
  ]);
});

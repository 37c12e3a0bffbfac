import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  FileNotificationOutcome,
  FileNotificationsService,
  type ReceiveFileNotificationResponse,
} from '@linchpin/contracts';
import { RpcServer } from '@linchpin/testing/grpc';
import { HubError } from '@linchpin/wire';
import { connectFileUpload, type FileUploadConnection } from './file-upload-connection.js';
import { GrpcFileNotifications } from './grpc-file-notifications.js';

const hub = { hub: 'h', hubGeneration: '7' };
const lockToken = Buffer.from('0123456789abcdef');
const facts = {
  lockToken,
  sequenceNumber: 2n ** 63n,
  enqueuedTime: new Date('2026-01-31T10:11:14.123Z'),
  deliveryCount: 2,
  deviceId: 'd1',
  blobUri: 'https://a.blob.example/files/d1/photo.jpg',
  blobName: 'd1/photo.jpg',
  lastUpdatedTime: new Date('2026-01-31T10:11:12.000Z'),
};

let server: RpcServer;
let connection: FileUploadConnection;
let notifications: GrpcFileNotifications;
let requests: unknown[];
let answer: ReceiveFileNotificationResponse;
let onSettle: () => void;

beforeAll(async () => {
  server = await RpcServer.start([
    [
      FileNotificationsService,
      {
        receiveFileNotification: (request: never) => {
          requests.push(request);
          return answer;
        },
        settleFileNotification: (request: never) => {
          requests.push(request);
          onSettle();
          return {};
        },
      },
    ],
  ]);
  connection = connectFileUpload({ address: server.address, tls: undefined });
  notifications = new GrpcFileNotifications(connection.notifications);
});

beforeEach(() => {
  requests = [];
  onSettle = () => undefined;
});

afterAll(() => {
  connection.close();
  server.stop();
});

test('what is received is the notification and its lock', async () => {
  answer = { notification: { ...facts, blobSizeBytes: 2n ** 47n } };
  const { message, nextDueMs } = await notifications.receive(hub);
  expect(message).toMatchObject({ ...facts, blobSizeBytes: 2 ** 47 });
  expect(nextDueMs).toBeUndefined();
  expect(requests).toEqual([hub]);
});

test.each([undefined, 12_000])('none is due: the first is in %p ms', async (nextDueMs) => {
  answer = { nextDueMs };
  expect(await notifications.receive(hub)).toEqual({ message: undefined, nextDueMs });
});

test.each([
  ['complete', FileNotificationOutcome.COMPLETE],
  ['abandon', FileNotificationOutcome.ABANDON],
] as const)('what is settled names its lock: %s', async (outcome, said) => {
  await notifications.settle(hub, lockToken, outcome);
  expect(requests).toEqual([{ ...hub, lockToken, outcome: said }]);
});

test('what became of a settlement is the code that file-upload has said, and it is asked once', async () => {
  onSettle = () => {
    throw new HubError('DeviceMessageLockLost', 'The lock is over.');
  };
  await expect(notifications.settle(hub, lockToken, 'complete')).rejects.toMatchObject({
    code: 'DeviceMessageLockLost',
  });
  expect(requests).toHaveLength(1);
});

test('whether it serves can be asked', async () => {
  await expect(connection.check()).resolves.toBeUndefined();
});

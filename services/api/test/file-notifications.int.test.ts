import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { FileNotificationOutcome } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import { askAs, type Answer, type Question } from './support/exchange.js';
import { FakeFileNotifications } from './support/fake-file-notifications.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let notifications: FakeFileNotifications;
let api: TestApi;

beforeAll(async () => {
  notifications = await FakeFileNotifications.start();
  api = await startTestApi({ LINCHPIN_FILE_UPLOAD_ADDRESS: notifications.address });
});

afterEach(() => {
  notifications.notification = undefined;
  notifications.onSettle = () => undefined;
});

afterAll(async () => {
  await api.stop();
  notifications.stop();
});

const path = '/messages/serviceBound/filenotifications';
const lockToken = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const lock = '33221100-5544-7766-8899-aabbccddeeff';
const hub = { hub: 'Test', hubGeneration: '7' };

const errorOf = ({ status, headers }: Answer) => [status, headers['iothub-errorcode']];

function ask(question: Question): Promise<Answer> {
  return askAs(api, 'service', question);
}

test('where none waits, the answer is empty', async () => {
  const { status, text, headers } = await ask({ path });
  expect([status, text, headers.etag]).toEqual([204, '', undefined]);
  expect(notifications.received.at(-1)).toEqual(hub);
});

test.each([path, path.toLowerCase()])(
  'GET %s: an object, with its lock as the tag',
  async (asked) => {
    notifications.notification = {
      lockToken,
      sequenceNumber: 5n,
      enqueuedTime: new Date('2026-01-31T10:11:14.123Z'),
      deliveryCount: 0,
      deviceId: 'd1',
      blobUri: 'https://a.blob.example/files/d1/photo.jpg',
      blobName: 'd1/photo.jpg',
      lastUpdatedTime: new Date('2026-01-31T10:11:12.000Z'),
      blobSizeBytes: 1_234n,
    };

    const { status, text, headers } = await ask({ path: asked });

    expect([status, text]).toEqual([
      200,
      '{"deviceId":"d1","blobUri":"https://a.blob.example/files/d1/photo.jpg",' +
        '"blobName":"d1/photo.jpg","lastUpdatedTime":"2026-01-31T10:11:12+00:00",' +
        '"blobSizeInBytes":1234,"enqueuedTimeUtc":"2026-01-31T10:11:14.1230000Z"}',
    ]);
    expect(headers).toMatchObject({
      etag: `"${lock}"`,
      'content-type': 'application/json; charset=utf-8',
    });
  },
);

test.each([
  ['DELETE', `${path}/${lock}`, FileNotificationOutcome.COMPLETE],
  ['DELETE', `${path}/%22${lock.toUpperCase()}%22`, FileNotificationOutcome.COMPLETE],
  ['POST', `${path}/${lock}/abandon`, FileNotificationOutcome.ABANDON],
])('%s %s settles it', async (method, settled, outcome) => {
  const answer = await ask({ method, path: settled });
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(notifications.settled.at(-1)).toEqual({ ...hub, lockToken, outcome });
});

test.each([
  ['DELETE', `${path}/${lock}`],
  ['POST', `${path}/${lock}/abandon`],
  ['DELETE', `${path}/x`],
  ['POST', `${path}/${lock}0/abandon`],
])('%s %s: a lock that is over, or none, is 412', async (method, asked) => {
  notifications.onSettle = () => {
    throw new HubError('DeviceMessageLockLost', 'The lock is over.');
  };
  expect(errorOf(await ask({ method, path: asked }))).toEqual([412, 'DeviceMessageLockLost']);
});

test('while file-upload is away the answer is 503', async () => {
  const lonely = await startTestApi({ LINCHPIN_FILE_UPLOAD_ADDRESS: '127.0.0.1:1' });
  const answer = await askAs(lonely, 'service', { path });
  await lonely.stop();
  expect(errorOf(answer)).toEqual([503, 'ServiceUnavailable']);
});

test.each([
  ['GET', path],
  ['DELETE', `${path}/${lock}`],
  ['POST', `${path}/${lock}/abandon`],
])('%s %s is not for who may only write the registry', async (method, asked) => {
  expect((await askAs(api, 'registryReadWrite', { method, path: asked })).status).toBe(401);
});

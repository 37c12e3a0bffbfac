import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { FeedbackOutcome, FeedbackStatus } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import { askAs, type Answer, type Question } from './support/exchange.js';
import { FakeMessages } from './support/fake-messages.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let messages: FakeMessages;
let api: TestApi;

beforeAll(async () => {
  messages = await FakeMessages.start();
  api = await startTestApi({ LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: messages.address });
});

afterEach(() => {
  messages.batch = undefined;
  messages.onSettle = () => undefined;
});

afterAll(async () => {
  await api.stop();
  messages.stop();
});

const path = '/messages/serviceBound/feedback';
const lockToken = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const lock = '33221100-5544-7766-8899-aabbccddeeff';
const hub = { hub: 'Test', hubGeneration: '7' };

const errorOf = ({ status, headers }: Answer) => [status, headers['iothub-errorcode']];

function ask(question: Question): Promise<Answer> {
  return askAs(api, 'service', question);
}

test('service-rest 65: where none is due, the answer is empty', async () => {
  const { status, text, headers } = await ask({ path });
  expect([status, text, headers.etag]).toEqual([204, '', undefined]);
  expect(messages.received.at(-1)).toEqual(hub);
});

test('section 8.2 of amqp.md: a batch is an array of records, with its lock as the tag', async () => {
  const enqueuedTime = new Date('2026-01-31T10:11:12.123Z');
  const record = { enqueuedTime, deviceId: 'd1', deviceGenerationId: '636' };
  messages.batch = {
    ...{ lockToken, sequenceNumber: 5n, enqueuedTime, deliveryCount: 0 },
    records: [
      { ...record, originalMessageId: 'm1', status: FeedbackStatus.SUCCESS },
      { ...record, originalMessageId: '', status: FeedbackStatus.PURGED, moduleId: 'm' },
    ],
  };

  const { status, text, headers } = await ask({ path: '/Messages/servicebound/FEEDBACK' });

  const time = '"enqueuedTimeUtc":"2026-01-31T10:11:12.1230000Z"';
  expect([status, text]).toEqual([
    200,
    `[{"originalMessageId":"m1",${time},"statusCode":"Success","description":"Success",` +
      `"deviceId":"d1","deviceGenerationId":"636"},` +
      `{"originalMessageId":"",${time},"statusCode":"Purged","description":"Purged",` +
      `"deviceId":"d1","moduleId":"m","deviceGenerationId":"636"}]`,
  ]);
  expect(headers).toMatchObject({
    etag: `"${lock}"`,
    'content-type': 'application/json; charset=utf-8',
  });
});

test.each([
  ['DELETE', `${path}/${lock}`, FeedbackOutcome.COMPLETE],
  ['DELETE', `${path}/%22${lock.toUpperCase()}%22`, FeedbackOutcome.COMPLETE],
  ['POST', `${path}/${lock}/abandon`, FeedbackOutcome.ABANDON],
])('%s %s settles it', async (method, settled, outcome) => {
  const answer = await ask({ method, path: settled });
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(messages.settled.at(-1)).toEqual({ ...hub, lockToken, outcome });
});

test('service-rest 65: a lock that is over is 412', async () => {
  messages.onSettle = () => {
    throw new HubError('DeviceMessageLockLost', 'The lock is over.');
  };
  const lost = [412, 'DeviceMessageLockLost'];
  expect(errorOf(await ask({ method: 'DELETE', path: `${path}/${lock}` }))).toEqual(lost);
});

test.each(['x', '%22%22', `${lock}0`])('what names no lock is 412, too: %s', async (token) => {
  const { length } = messages.settled;
  const lost = [412, 'DeviceMessageLockLost'];
  expect(errorOf(await ask({ method: 'DELETE', path: `${path}/${token}` }))).toEqual(lost);
  const abandon = { method: 'POST', path: `${path}/${token}/abandon` };
  expect(errorOf(await ask(abandon))).toEqual(lost);
  expect(messages.settled).toHaveLength(length);
});

test.each([
  ['GET', path],
  ['DELETE', `${path}/${lock}`],
  ['POST', `${path}/${lock}/abandon`],
])('%s %s is not for who may only write the registry', async (method, asked) => {
  expect((await askAs(api, 'registryReadWrite', { method, path: asked })).status).toBe(401);
});

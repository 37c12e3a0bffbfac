import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Acknowledgement, decodeMessageContent } from '@linchpin/contracts';
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
  messages.onSend = () => undefined;
  api.registry.limits = { sku: 'S1', units: 1, unlimited: true };
});

afterAll(async () => {
  await api.stop();
  messages.stop();
});

function send(question: Partial<Question> = {}): Promise<Answer> {
  const path = '/devices/d1/messages/deviceBound';
  return askAs(api, 'service', { method: 'POST', path, body: 'on', ...question });
}

const errorOf = ({ status, headers }: Answer) => [status, headers['iothub-errorcode']];
const lastSent = () => messages.sent.at(-1)!;
const lastContent = () => decodeMessageContent(lastSent().content);

describe('a message', () => {
  test('goes to the device of the path, with its properties', async () => {
    const expiryTime = new Date(Date.now() + 3_600_000);
    const headers = {
      ...{ 'iothub-messageid': 'm1', 'iothub-correlationid': 'c1', 'iothub-userid': 'u1' },
      ...{ 'iothub-ack': 'full', 'iothub-expiry': expiryTime.toISOString() },
      ...{ 'iothub-to': '/devices/other/messages/deviceBound', 'iothub-app-Color': 'red' },
      ...{ 'Content-Type': 'text/plain', 'Content-Encoding': 'utf-8' },
    };
    const answer = await send({ headers, path: '/devices/d%251/messages/devicebound' });

    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(lastSent()).toEqual({
      hub: 'Test',
      hubGeneration: '7',
      deviceId: 'd%1',
      moduleId: undefined,
      messageId: 'm1',
      ack: Acknowledgement.FULL,
      expiryTime,
      content: expect.any(Buffer),
    });
    expect(lastContent()).toEqual({
      messageId: 'm1',
      correlationId: 'c1',
      userId: 'u1',
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      to: '/devices/d%251/messages/deviceBound',
      creationTime: undefined,
      expiryTime,
      ack: 'full',
      properties: [['Color', 'red']],
      body: Buffer.from('on'),
    });
  });

  test('may have no property and no body, and go to a module', async () => {
    expect(
      (await send({ path: '/devices/d1/modules/$m/messages/deviceBound', body: '' })).status,
    ).toBe(204);
    expect(lastSent()).toMatchObject({
      deviceId: 'd1',
      moduleId: '$m',
      messageId: '',
      ack: Acknowledgement.NONE,
    });
    const { to, body } = lastContent();
    expect([to, body.length]).toEqual(['/devices/d1/modules/%24m/messages/deviceBound', 0]);
  });

  test('of 64 KiB is taken, and no byte more', async () => {
    expect((await send({ body: 'x'.repeat(65_536) })).status).toBe(204);
    expect(lastContent().body).toHaveLength(65_536);
    const { length } = messages.sent;
    const tooLarge = [413, 'MessageTooLarge'];
    expect(errorOf(await send({ body: 'x'.repeat(65_537) }))).toEqual(tooLarge);
    expect(errorOf(await send({ body: 'x'.repeat(2_000_000) }))).toEqual(tooLarge);
    const headers = { 'iothub-app-a': 'bcdefg' };
    expect(errorOf(await send({ body: 'x'.repeat(65_530), headers }))).toEqual(tooLarge);
    expect(messages.sent).toHaveLength(length);
  });

  test.each<[string, number, Record<string, string>]>([
    ['ArgumentInvalid', 400, { 'iothub-ack': 'perhaps' }],
    ['ArgumentInvalid', 400, { 'iothub-messageid': 'a b' }],
    ['ArgumentInvalid', 400, { 'iothub-expiry': '3600' }],
    ['ArgumentInvalid', 400, { 'iothub-app-a': '\xff' }],
    ['ArgumentInvalid', 400, { [`iothub-app-${'x'.repeat(257)}`]: 'a' }],
    ['ArgumentInvalid', 400, { 'iothub-app-': 'a' }],
    ['InvalidMessageExpiryTime', 403, { 'iothub-expiry': '2020-01-01T00:00:00Z' }],
    ['InvalidMessageExpiryTime', 403, { 'iothub-expiry': '2999-01-01T00:00:00Z' }],
  ])('that may not be is %s, and not sent', async (code, status, headers) => {
    const { length } = messages.sent;
    // Node writes headers before a text in its encoding, alone byte by byte.
    expect(errorOf(await send({ headers, body: '' }))).toEqual([status, code]);
    expect(messages.sent).toHaveLength(length);
  });

  test.each([
    ['DeviceMaximumQueueDepthExceeded', 403],
    ['DeviceNotFound', 404],
    ['ModuleNotFound', 404],
    ['ServiceUnavailable', 503],
  ] as const)('that is refused with %s hears so, and is sent once', async (code, status) => {
    const { length } = messages.sent;
    messages.onSend = () => {
      throw new HubError(code, 'No.');
    };
    expect(errorOf(await send())).toEqual([status, code]);
    expect(messages.sent).toHaveLength(length + 1);
  });

  test('counts for the day as often as it begins half a KB in F1, until the day is spent', async () => {
    api.registry.limits = { sku: 'F1', units: 1, unlimited: false };
    const body = 'x'.repeat(65_536);
    for (let sent = 128; sent <= 7_936; sent += 128) {
      expect((await send({ body })).status).toBe(204);
    }
    const spent = [403, 'IotHubQuotaExceeded'];
    expect(errorOf(await send({ body }))).toEqual(spent);
    expect((await send({ body: 'x'.repeat(32_768) })).status).toBe(204);
    expect(errorOf(await send())).toEqual(spent);
  });

  test('is none in a basic tier', async () => {
    api.registry.limits = { sku: 'B1', units: 1, unlimited: false };
    expect(errorOf(await send())).toEqual([403, 'OperationNotAvailableInCurrentTier']);
  });

  test('is not for who may only read the registry', async () => {
    const question = { method: 'POST', path: '/devices/d1/messages/deviceBound' };
    expect((await askAs(api, 'registryRead', question)).status).toBe(401);
  });
});

test('service-rest 64: a purge says how many there were', async () => {
  const answer = await askAs(api, 'service', { method: 'DELETE', path: '/devices/a%25b/commands' });

  expect([answer.status, answer.text]).toEqual([
    200,
    '{"totalMessagesPurged":3,"deviceId":"a%b","moduleId":""}',
  ]);
  expect(messages.purged).toEqual([
    { hub: 'Test', hubGeneration: '7', deviceId: 'a%b', moduleId: undefined },
  ]);
});

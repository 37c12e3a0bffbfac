import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { codeOf, headerOf, type FakeHttpClient } from './client.fake.js';
import { FakeHttpGateway } from './gateway.fake.js';

const path = '/devices/d1/messages/devicebound';
const other = '11111111-2222-3333-4444-555555555555';

let gateway: FakeHttpGateway;
let client: FakeHttpClient;

beforeEach(async () => {
  gateway = await FakeHttpGateway.start();
  client = await gateway.connect();
});

afterEach(async () => {
  await gateway.stop();
});

/** Of the one that was received. */
async function receiveLock(): Promise<string> {
  const answer = await client.ask('GET', path);
  return (headerOf(answer, 'ETag') ?? '').replaceAll('"', '');
}

describe('a device that asks for a message', () => {
  test('device-https 18: is told that there is none', async () => {
    const answer = await client.ask('GET', path);

    expect([answer.status, answer.body.length]).toEqual([204, 0]);
  });

  test('device-https 19, 20, 21, 43: has it, spelled as SDKs look for it', async () => {
    const enqueuedTime = new Date('2026-01-31T10:11:12Z');
    const properties = {
      ack: 'full',
      contentType: 'text/plain',
      properties: [
        ['Camel', 'x'],
        ['camel', 'zoë'],
      ] as const,
    };
    gateway.messages.send('h/d1', '\0body', { enqueuedTime, properties });
    const answer = await client.ask('GET', '/devices/d1/messages/deviceBound');

    expect(answer).toEqual({
      status: 200,
      headers: [
        ['ETag', '"01000000-0000-0000-0000-000000000000"'],
        ['iothub-messageid', ''],
        ['iothub-correlationid', ''],
        ['iothub-userid', ''],
        ['iothub-to', '/devices/d1/messages/deviceBound'],
        ['iothub-ack', 'full'],
        ['iothub-expiry', ''],
        ['iothub-enqueuedtime', '2026-01-31T10:11:12.0000000Z'],
        ['iothub-deliverycount', '0'],
        ['iothub-sequencenumber', '1'],
        ['iothub-app-Camel', 'x'],
        ['iothub-app-camel', 'zoÃ«'],
        ['ContentType', 'text/plain'],
        ['Content-Type', 'application/octet-stream'],
        ['x-ms-request-id', expect.any(String)],
        ['Content-Length', '5'],
        ['Connection', 'keep-alive'],
        ['Keep-Alive', 'timeout=60'],
      ],
      body: Buffer.from('\0body'),
    });
  });

  test('device-https 22: has it alone, until its lock is over', async () => {
    gateway.messages.send('h/d1', 'a');
    const first = await receiveLock();
    expect((await client.ask('GET', path)).status).toBe(204);
    gateway.messages.loseLocks('h/d1');
    const second = await receiveLock();

    expect(second).toMatch(/^[\da-f-]{36}$/);
    expect(second).not.toBe(first);
    expect(gateway.messages.left('h/d1')).toEqual(['a 0 locked']);
  });

  test('is given none of another identity', async () => {
    gateway.messages.send('h/d2', 'a');
    gateway.messages.send('h/d1/m1', 'b');

    expect((await client.ask('GET', path)).status).toBe(204);
    const answer = await client.ask('GET', '/devices/d1/modules/m1//messages/devicebound');
    expect(answer.body.toString()).toBe('b');
  });

  test.each([
    ['', [], 60],
    ['?iothub-messagelocktimeout=5', [], 5],
    ['', ['IotHub-MessageLockTimeout', '7'], 7],
    ['?iothub-messagelocktimeout=5', ['IotHub-MessageLockTimeout', '7'], 7],
    ['?IotHub-MessageLockTimeout=300', [], 300],
    ['?iothub-messagelocktimeout=301', [], 300],
    ['?iothub-messagelocktimeout=0', [], 1],
    ['?iothub-messagelocktimeout=-1', [], 60],
    ['?iothub-messagelocktimeout=1e3', [], 60],
  ])('device-https 31: with %j and %j may keep it for %i s', async (query, headers, seconds) => {
    await client.ask('GET', path + query, { headers });

    expect(gateway.messages.calls).toEqual([`lock 1 for ${seconds} s`]);
  });

  test('hears when nobody can tell', async () => {
    gateway.messages.failure = new HubError('ServiceUnavailable', 'Away.');

    expect(codeOf(await client.ask('GET', path))).toEqual([503, 'ServiceUnavailable']);
  });

  test('device-https 45: too often is told so', async () => {
    const limits = { sku: 'S1', units: 1, unlimited: false } as const;
    gateway.authenticator.grant = { ...fakeGrant, limits };
    await client.ask('GET', path);
    gateway.world.budgets.get('h/7/commandReceives').isOverfull = true;
    gateway.world.budgets.get('h/7/commandReceives').atHand = 0;

    expect(codeOf(await client.ask('GET', path))).toEqual([429, 'ThrottleBacklogLimitExceeded']);
  });
});

describe('a device that has a message', () => {
  beforeEach(() => {
    gateway.messages.send('h/d1', 'a');
  });

  test.each([
    ['device-https 24: DELETE', '', 'complete', []],
    ['device-https 25: DELETE', '?reject', 'reject', []],
    ['device-https 25: DELETE', '?%3Freject=true', 'reject', []],
    ['device-https 26: POST', '/abandon', 'abandon', ['a 1']],
  ])('%s …%s settles it: %s', async (line, rest, ...[outcome, left]) => {
    const lock = await receiveLock();
    const answer = await client.ask(line.split(' ')[2] ?? '', `${path}/${lock}${rest}`);

    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    expect(gateway.messages.calls.at(-1)).toBe(`settle ${outcome}`);
    expect(gateway.messages.left('h/d1')).toEqual(left);
    expect(await gateway.metrics.metrics()).toContain(
      `iothub_c2d_settlements_total{hub="h",outcome="${outcome}",service="gateway"} 1`,
    );
  });

  test.each([
    ['quoted and encoded', (lock: string) => `%22${lock}%22`],
    ['in capitals', (lock: string) => lock.toUpperCase()],
  ])('may name its lock %s', async (_, format) => {
    const lock = await receiveLock();

    expect((await client.ask('DELETE', `${path}/${format(lock)}`)).status).toBe(204);
  });

  test.each([
    ['quoted', (lock: string) => ['If-Match', `"${lock}"`]],
    ['unquoted', (lock: string) => ['If-Match', lock]],
    ['in capitals', (lock: string) => ['If-Match', lock.toUpperCase()]],
    ['as any', () => ['If-Match', '*']],
    ['as another under a name that is none', () => ['IfMatch', `"${other}"`]],
  ])('device-https 29: may name it twice, %s', async (_, headers) => {
    const lock = await receiveLock();
    const answer = await client.ask('DELETE', `${path}/${lock}`, { headers: headers(lock) });

    expect(answer.status).toBe(204);
  });

  test.each([`"${other}"`, 'none'])('may not name %s beside it', async (tag) => {
    const lock = await receiveLock();
    const headers = ['If-Match', tag];
    const answer = await client.ask('DELETE', `${path}/${lock}`, { headers });

    expect(codeOf(answer)).toEqual([412, 'PreconditionFailed']);
    expect(gateway.messages.left('h/d1')).toEqual(['a 0 locked']);
  });

  test.each(['', 'null', 'x'])('device-https 30: abandons it with the body %j', async (body) => {
    const lock = await receiveLock();
    const headers = ['Content-Type', 'application/json'];
    const answer = await client.ask('POST', `${path}/${lock}/abandon`, { headers, body });

    expect(answer.status).toBe(204);
    expect((await client.ask('GET', path)).status).toBe(200);
  });

  test.each([
    ['DELETE', `/${other}`],
    ['DELETE', '/none'],
    ['DELETE', `/${other}%0d%0aX:%20y`],
    ['POST', `/${other}/abandon`],
  ])('device-https 28: has none under %s …%s', async (method, rest) => {
    await receiveLock();

    expect(codeOf(await client.ask(method, path + rest))).toEqual([412, 'DeviceMessageLockLost']);
    expect(gateway.messages.left('h/d1')).toEqual(['a 0 locked']);
  });

  test('device-https 28: has none once its lock is over', async () => {
    const lock = await receiveLock();
    gateway.messages.loseLocks('h/d1');

    expect(codeOf(await client.ask('DELETE', `${path}/${lock}`))).toEqual([
      412,
      'DeviceMessageLockLost',
    ]);
  });

  test('settles nothing of another device, whose lock it may know', async () => {
    const lock = await receiveLock();
    const answer = await client.ask('DELETE', `/devices/d2/messages/devicebound/${lock}`);

    expect(codeOf(answer)).toEqual([412, 'DeviceMessageLockLost']);
    expect(gateway.messages.left('h/d1')).toEqual(['a 0 locked']);
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { codeOf, headerOf, type FakeHttpClient } from './client.fake.js';
import { FakeHttpGateway } from './gateway.fake.js';

const path = '/devices/d1/messages/events';
const batchType = ['Content-Type', 'application/vnd.microsoft.iothub.json; charset=utf-8'];

let gateway: FakeHttpGateway;
let client: FakeHttpClient;

beforeEach(async () => {
  gateway = await FakeHttpGateway.start();
  client = await gateway.connect();
});

afterEach(async () => {
  await gateway.stop();
});

describe('a message', () => {
  test('device-https 8, 9, 10, 11, 17: has the properties that its headers say, and no others', async () => {
    const headers = [
      ...['Content-Type', 'application/octet-stream', 'IoTHub-MessageId', 'm1'],
      ...['iothub-app-CamelCase', 'zoë', 'dt-subject', 'thermostat', 'iothub-ack', 'full'],
      ...[
        'iothub-connection-device-id',
        'spoof',
        'iothub-app-iothub-connection-device-id',
        'spoof',
      ],
      ...['iothub-to', '/elsewhere', 'iothub-operation', 'd2c', 'X-Other', 'x'],
    ];
    const answer = await client.ask('POST', path, { headers, body: Buffer.from([0, 255]) });

    expect(answer.status).toBe(204);
    expect(gateway.log.stored).toMatchObject([
      {
        body: Buffer.from([0, 255]),
        properties: [
          ['message-id', 'm1'],
          ['dt-subject', 'thermostat'],
          ['CamelCase', 'zoë'],
        ],
      },
    ]);
  });

  test('device-https 12: may have 256 KiB', async () => {
    const answers = [
      await client.ask('POST', path, { body: Buffer.alloc(262_144) }),
      await client.ask('POST', path, { body: Buffer.alloc(262_145) }),
    ];

    expect(answers.map(codeOf)).toEqual([
      [204, undefined],
      [413, 'MessageTooLarge'],
    ]);
    expect(headerOf(answers[1]!, 'Connection')).toBe('close');
    expect(gateway.log.stored).toHaveLength(1);
  });

  test('may have 256 KiB with its properties', async () => {
    const headers = ['iothub-app-key', 'text'];
    const answers = [
      await client.ask('POST', path, { headers, body: Buffer.alloc(262_137) }),
      await client.ask('POST', path, { headers, body: Buffer.alloc(262_138) }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([204, 413]);
  });

  test.each([
    ['an id with a space', ['iothub-messageid', 'a b']],
    ['an id of 129 characters', ['iothub-messageid', 'x'.repeat(129)]],
    ['a property without a name', ['iothub-app-', 'x']],
  ])('with %s is refused', async (_, headers) => {
    const answer = await client.ask('POST', path, { headers });

    expect(codeOf(answer)).toEqual([400, 'ArgumentInvalid']);
    expect(gateway.log.waiting).toEqual([]);
  });

  test('in pieces is stored without what stood around it', async () => {
    client.send(
      `POST ${path}?api-version=2021-04-12 HTTP/1.1\r\nHost: h.example.net\r\n` +
        'Authorization: good\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
    );

    expect((await client.answer()).status).toBe(204);
    expect(gateway.log.bodies).toEqual(['abc']);
  });

  test('whose client waits to be told is told to send it', async () => {
    client.send(
      `POST ${path}?api-version=2021-04-12 HTTP/1.1\r\nHost: h.example.net\r\n` +
        'Authorization: good\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n',
    );
    expect((await client.answer()).status).toBe(100);
    client.send('x');

    expect((await client.answer()).status).toBe(204);
  });

  test('of a client that waits, and is refused, is not read', async () => {
    client.send(
      `POST ${path}?api-version=2021-04-12 HTTP/1.1\r\nHost: h.example.net\r\n` +
        'Authorization: bad\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n',
    );
    const answer = await client.answer();

    expect([answer.status, headerOf(answer, 'Connection')]).toEqual([401, 'close']);
  });

  test('is answered when it is stored, and not before', async () => {
    gateway.log.isHeld = true;
    let isAnswered = false;
    const answered = client.ask('POST', path, { body: 'x' }).then((answer) => {
      isAnswered = true;
      return answer;
    });
    const other = await gateway.connect();
    await other.ask('GET', '/devices/d1/messages/devicebound');
    expect([gateway.log.waiting.length, isAnswered]).toEqual([1, false]);
    gateway.log.settle();

    expect(await answered).toMatchObject({ status: 204 });
  });

  test('that can never be stored is told so', async () => {
    gateway.log.isHeld = true;
    const answered = client.ask('POST', path, { body: 'x' });
    const other = await gateway.connect();
    await other.ask('GET', '/devices/d1/messages/devicebound');
    gateway.log.settle(1, new Error('no topic'));

    expect(codeOf(await answered)).toEqual([500, 'ServerError']);
  });

  test('while far too much of the hub waits is refused', async () => {
    gateway.log.isHubOverfull = true;

    expect(codeOf(await client.ask('POST', path, { body: 'x' }))).toEqual([
      429,
      'ThrottleBacklogLimitExceeded',
    ]);
  });

  test('for which there is no memory is refused, and told when to come again', async () => {
    const small = await FakeHttpGateway.start({ bodyBytesMax: 100 });
    const answer = await (await small.connect()).ask('POST', path, { body: 'x'.repeat(51) });
    await small.stop();

    expect(codeOf(answer)).toEqual([503, 'ServiceUnavailable']);
    expect(headerOf(answer, 'Retry-After')).toBe('1');
  });
});

describe('device-https 45: of a hub that does more than it may', () => {
  const limits = { sku: 'S1', units: 1, unlimited: false } as const;

  beforeEach(async () => {
    gateway.authenticator.grant = { ...fakeGrant, limits };
    await client.ask('POST', path);
  });

  test('a message waits for its turn', async () => {
    const rate = gateway.world.budgets.get('h/7/telemetry');
    rate.atHand = 0;
    const answered = client.ask('POST', path, { body: 'late' });
    const other = await gateway.connect();
    await other.ask('GET', '/devices/d1/messages/devicebound');
    expect([rate.waiting.length, gateway.log.bodies]).toEqual([1, ['']]);
    rate.give(1);

    expect(await answered).toMatchObject({ status: 204 });
  });

  test.each([
    ['telemetry', 'late', 429, 'ThrottlingBacklogTimeout'],
    ['messages/2026-11-25', 'spent', 403, 'IotHubQuotaExceeded'],
  ] as const)('a message of which %s is %s is told so', async (name, reason, status, code) => {
    const budget = gateway.world.budgets.get(`h/7/${name}`);
    budget.atHand = 0;
    const answered = client.ask('POST', path, { body: 'late' });
    const other = await gateway.connect();
    await other.ask('GET', '/devices/d1/messages/devicebound');
    budget.refuse(reason);

    expect(codeOf(await answered)).toEqual([status, code]);
    expect(gateway.log.bodies).toEqual(['']);
  });
});

describe('a batch', () => {
  test('device-https 13, 14, 16: is stored message by message, in its order', async () => {
    const body = JSON.stringify([
      { body: 'AP8=' },
      { body: 'größe', base64Encoded: false, properties: { 'iothub-app-K': 'v' } },
      {
        body: 'YQ==',
        base64Encoded: true,
        properties: { 'iothub-messageid': 'm1', 'iothub-contenttype': 'text/plain', other: 'x' },
      },
    ]);
    const headers = [...batchType, 'iothub-messageid', 'of the request', 'iothub-to', '/x'];
    expect(await client.ask('POST', path, { headers, body })).toMatchObject({ status: 204 });

    expect(gateway.log.stored).toMatchObject([
      { body: Buffer.from([0, 255]), properties: [] },
      { body: Buffer.from('größe'), properties: [['K', 'v']] },
      {
        body: Buffer.from('a'),
        properties: [
          ['message-id', 'm1'],
          ['content-type', 'text/plain'],
        ],
      },
    ]);
  });

  test('device-https 15: with one malformed message stores none', async () => {
    const body = JSON.stringify([{ body: 'YQ==' }, { body: 'no base64' }]);
    const answer = await client.ask('POST', path, { headers: batchType, body });

    expect(codeOf(answer)).toEqual([400, 'ArgumentInvalid']);
    expect(answer.body.toString()).toContain('Message 1 of the batch');
    expect(gateway.log.waiting).toEqual([]);
  });

  test('without messages is stored, too', async () => {
    expect(await client.ask('POST', path, { headers: batchType, body: '[]' })).toMatchObject({
      status: 204,
    });
  });

  test('may have 256 KiB', async () => {
    const element = JSON.stringify({ body: 'A'.repeat(196_500) });
    const body = `[${element}${' '.repeat(262_144 - 2 - element.length)}]`;
    const answers = [
      await client.ask('POST', path, { headers: batchType, body }),
      await client.ask('POST', path, { headers: batchType, body: `${body} ` }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([204, 413]);
  });

  test('device-https 15: that is none is refused', async () => {
    const answer = await client.ask('POST', path, { headers: batchType, body: '{"body":"' });

    expect(codeOf(answer)).toEqual([400, 'ArgumentInvalid']);
  });
});

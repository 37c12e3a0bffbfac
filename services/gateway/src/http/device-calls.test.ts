import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { eventually, issueCertificate } from '@linchpin/testing';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { cutOff } from '../domain/cut-off.js';
import { codeOf, formatRequest, headerOf, type FakeHttpClient } from './client.fake.js';
import { FakeHttpGateway } from './gateway.fake.js';

const events = '/devices/d1/messages/events';

let gateway: FakeHttpGateway;
let client: FakeHttpClient;

beforeEach(async () => {
  gateway = await FakeHttpGateway.start();
  client = await gateway.connect();
});

afterEach(async () => {
  await gateway.stop();
});

test('device-https 1: telemetry is answered with 204 and no body', async () => {
  const answer = await client.ask('POST', events, { body: 'x' });

  expect(answer).toEqual({
    status: 204,
    headers: [
      ['x-ms-request-id', expect.stringMatching(/^[\da-f]{32}$/)],
      ['Content-Length', '0'],
      ['Connection', 'keep-alive'],
      ['Keep-Alive', 'timeout=60'],
    ],
    body: Buffer.of(),
  });
  expect(gateway.log.bodies).toEqual(['x']);
});

test.each(['/devices/d1/modules/m1/messages/events', '/devices/d1/modules/m1//messages/events'])(
  'device-https 2: a module sends to %s',
  async (path) => {
    expect(await client.ask('POST', path, { body: 'x' })).toMatchObject({ status: 204 });
    expect(gateway.log.stored).toMatchObject([
      { session: { identity: { deviceId: 'd1', moduleId: 'm1' }, modelId: undefined } },
    ]);
  },
);

describe('the credential', () => {
  test.each([
    ['without the header', undefined],
    ['with an empty header', ''],
    ['with a blank header', '  '],
  ])('device-https 3: is the certificate of the connection %s', async (_, token) => {
    const device = issueCertificate({ subject: 'd1' });
    const secured = await gateway.connect(device);
    const answers = [
      await secured.ask('POST', events, { token, body: 'x' }),
      await secured.ask('POST', events, { token, body: 'x' }),
    ];

    expect(answers).toMatchObject([{ status: 204 }, { status: 204 }]);
    expect(gateway.authenticator.claims).toMatchObject([
      { credential: { kind: 'certificates', chain: [expect.any(Buffer)] } },
    ]);
  });

  test('is a token where there is one, whatever certificate is shown', async () => {
    const secured = await gateway.connect(issueCertificate({ subject: 'd1' }));
    await secured.ask('POST', events, { body: 'x' });

    expect(gateway.authenticator.claims).toMatchObject([
      { host: 'h.example.net', credential: { kind: 'sas', token: 'good' } },
    ]);
  });

  test('device-https 5: that does not count is refused, and the client learns no more', async () => {
    const answer = await client.ask('POST', events, { token: 'bad', body: 'x' });

    expect(codeOf(answer)).toEqual([401, 'IotHubUnauthorized']);
    expect(headerOf(answer, 'WWW-Authenticate')).toBe('SharedAccessSignature');
    expect(headerOf(answer, 'Content-Type')).toBe('application/json; charset=utf-8');
    const id = headerOf(answer, 'x-ms-request-id');
    expect(JSON.parse(answer.body.toString())).toEqual({
      Message:
        'ErrorCode:IotHubUnauthorized;The credential does not count for what the path names.',
      ExceptionMessage: expect.stringMatching(new RegExp(`^Tracking ID:${id}-G:0-TimeStamp:`)),
    });
    await eventually(() => gateway.lines.length === 1);
    expect(gateway.lines).toMatchObject([
      {
        msg: 'request refused',
        status: 401,
        errorCode: 'IotHubUnauthorized',
        reasonCause: 'The credential is not good.',
        hostName: 'h.example.net',
        deviceId: 'd1',
        requestId: id,
      },
    ]);
    expect(JSON.stringify(gateway.lines)).not.toContain('bad');
  });

  test('is needed', async () => {
    const answer = await client.ask('POST', events, { token: undefined });

    expect(codeOf(answer)).toEqual([401, 'IotHubUnauthorized']);
    expect(answer.body.toString()).toContain('Authorization header missing');
    expect(gateway.authenticator.claims).toEqual([]);
  });

  test('of extraordinary length nobody judges', async () => {
    const answer = await client.ask('POST', events, { token: 'x'.repeat(8_193) });

    expect([answer.status, gateway.authenticator.claims.length]).toEqual([401, 0]);
  });

  test('counts in the hub that the header Host names', async () => {
    const other = await client.ask('POST', events, { host: 'other.example.net' });
    expect(other.status).toBe(401);
    expect(gateway.authenticator.claims).toMatchObject([{ host: 'other.example.net' }]);
  });

  test.each([
    ['is missing', ['X', 'y']],
    ['comes twice', ['Host', 'h.example.net', 'Host', 'h.example.net']],
    ['is none', ['Host', 'h example']],
  ])('is not looked at where the header Host %s', async (_, headers) => {
    const [name = '', value = '', ...rest] = headers;
    const bytes = formatRequest('POST', events, { headers: rest }).toString();
    client.send(bytes.replace('Host: h.example.net', `${name}: ${value}`));

    expect(codeOf(await client.answer())).toEqual([400, 'GenericBadRequest']);
    expect(gateway.authenticator.claims).toEqual([]);
  });

  const own = `SharedAccessSignature sr=h&sig=${'A'.repeat(43)}%3D&se=1`;
  const policys = `${own}&skn=p`;

  test.each([
    ['DeviceNotFound', own, 401, 'IotHubUnauthorized'],
    ['ModuleNotFound', own, 401, 'IotHubUnauthorized'],
    ['DeviceNotFound', policys, 404, 'DeviceNotFound'],
    ['ModuleNotFound', policys, 404, 'ModuleNotFound'],
    ['DeviceDisabled', own, 401, 'IotHubUnauthorizedAccess'],
    ['IotHubNotFound', own, 401, 'IotHubNotFound'],
    ['ServiceUnavailable', own, 503, 'ServiceUnavailable'],
  ] as const)('of which the registry says %s (%s): %i %s', async (said, token, status, code) => {
    gateway.authenticator.onClaim = () => {
      throw new HubError(said, 'For the log.');
    };

    expect(codeOf(await client.ask('POST', events, { token }))).toEqual([status, code]);
  });

  test('a fault of ours is told as such, and logged', async () => {
    gateway.authenticator.onClaim = () => {
      throw new Error('broken: secret detail');
    };
    const answer = await client.ask('POST', events);

    expect(codeOf(answer)).toEqual([500, 'ServerError']);
    expect(answer.body.toString()).not.toContain('secret');
    await eventually(() => gateway.lines.length === 1);
    expect(gateway.lines).toMatchObject([
      { level: 'error', err: { message: 'broken: secret detail' } },
    ]);
  });
});

describe('one connection', () => {
  test('device-https 49: 100 requests take one judgement', async () => {
    const statuses = [];
    for (let request = 0; request < 100; request++) {
      statuses.push((await client.ask('POST', events, { body: String(request) })).status);
    }

    expect(statuses).toEqual(Array.from({ length: 100 }, () => 204));
    expect(gateway.log.bodies).toEqual(statuses.map((_, index) => String(index)));
    expect(gateway.authenticator.claims).toHaveLength(1);
  });

  test('who is revoked between two requests is refused at once', async () => {
    await client.ask('POST', events);
    gateway.authenticator.onClaim = () => {
      throw new HubError('IotHubUnauthorized', 'Revoked.');
    };
    await cutOff(gateway.table, {
      kind: 'identityUpdated',
      hub: 'h',
      deviceId: 'd1',
      moduleId: undefined,
      generationId: fakeGrant.generationId,
      enabled: true,
      revokedCredentialIds: ['device/primary'],
    });

    expect(codeOf(await client.ask('POST', events))).toEqual([401, 'IotHubUnauthorized']);
  });

  test('another device of it is judged by itself', async () => {
    await client.ask('POST', events);
    gateway.authenticator.onClaim = ({ identity }) => {
      throw new HubError('IotHubUnauthorized', `Not ${identity.deviceId}.`);
    };
    const answer = await client.ask('POST', '/devices/d2/messages/events');

    expect([answer.status, gateway.log.stored.length]).toEqual([401, 1]);
  });

  test('leaves nothing of it behind, and makes nobody connected', async () => {
    await client.ask('POST', events);
    expect(gateway.table.ofDevice('d1')).toHaveLength(1);
    client.socket.destroy();
    await eventually(() => gateway.table.ofDevice('d1').length === 0);

    expect([gateway.table.size, gateway.world.events()]).toEqual([0, []]);
  });
});

describe('a request', () => {
  test.each([
    ['', 400],
    ['2021-4-12', 400],
    ['latest', 400],
    ['2014-01-01', 400],
    ['2015-08-15-preview', 204],
    ['2016-11-14', 204],
    ['2099-12-31', 204],
  ])('device-https 4: with the api-version %j gets %i', async (version, status) => {
    const answer = await client.ask('POST', events, { version });

    expect(answer.status).toBe(status);
    expect(headerOf(answer, 'iothub-errorcode')).toBe(
      status === 204 ? undefined : 'InvalidProtocolVersion',
    );
  });

  test('without a credential does not learn that its version is wrong', async () => {
    expect(await client.ask('POST', events, { token: 'bad', version: '' })).toMatchObject({
      status: 401,
    });
  });

  test('device-https 42: by another verb is told which there are', async () => {
    const answer = await client.ask('PUT', events, { token: undefined });

    expect(codeOf(answer)).toEqual([405, 'GenericMethodNotAllowed']);
    expect(headerOf(answer, 'Allow')).toBe('POST');
  });

  test('device-https 46: that fails has its code in header and message', async () => {
    const answers = [
      await client.ask('POST', events, { version: '' }),
      await client.ask('POST', events, { token: 'bad' }),
      await client.ask('GET', events),
      await client.ask('DELETE', '/devices/d1/messages/devicebound/none'),
      await client.ask('POST', '/devices/d1/files', { body: '{' }),
    ];
    const told = answers.map((answer) => {
      const { Message } = JSON.parse(answer.body.toString()) as { readonly Message: string };
      return Message.startsWith(`ErrorCode:${headerOf(answer, 'iothub-errorcode')};`);
    });

    expect(told).toEqual([true, true, true, true, true]);
  });

  test('device-https 48: may have 40 KiB of headers', async () => {
    const headers = ['iothub-app-large', 'x'.repeat(40 * 1024)];

    expect(await client.ask('POST', events, { headers })).toMatchObject({ status: 204 });
  });

  test('may have hundreds of headers within that', async () => {
    const headers = Array.from({ length: 900 }, (_, index) => [`x${index}`, '']).flat();

    expect(await client.ask('POST', events, { headers })).toMatchObject({ status: 204 });
  });

  test('that is refused ends a connection on which nobody was let in', async () => {
    const answer = await client.ask('POST', events, { token: 'bad' });

    expect(headerOf(answer, 'Connection')).toBe('close');
  });

  test('that is refused leaves a connection on which somebody was let in', async () => {
    await client.ask('POST', events);
    await client.ask('POST', events, { token: 'bad' });

    expect(await client.ask('POST', events)).toMatchObject({ status: 204 });
  });

  test('whose client has gone while it was judged takes no memory, and stores nothing', async () => {
    let judge: () => void = () => undefined;
    gateway.authenticator.onClaim = () =>
      new Promise((resolve) => {
        judge = resolve;
      });
    client.send(formatRequest('POST', events, { body: 'x'.repeat(200_000) }).subarray(0, 1_000));
    await eventually(() => gateway.authenticator.claims.length === 1);
    client.socket.destroy();
    await eventually(async () =>
      /^linchpin_http_server_connections\{[^}]*\} 0$/m.test(await gateway.metrics.metrics()),
    );
    judge();
    const line = () => gateway.lines.find(({ operation }) => operation === 'sendTelemetry');
    await eventually(() => line() !== undefined);

    expect(line()).toMatchObject({ status: 499, errorCode: 'ClientClosedRequest' });
  });

  test('is told by a line of the log and by metrics', async () => {
    const headers = ['x-ms-client-request-id', 'mine'];
    const answer = await client.ask('POST', events, { headers, body: 'abc' });
    await eventually(() => gateway.lines.length === 1);

    expect(gateway.lines).toEqual([
      {
        level: 'debug',
        time: expect.any(String),
        service: 'gateway',
        pid: expect.any(Number),
        hub: 'h',
        deviceId: 'd1',
        protocol: 'https',
        method: 'POST',
        messages: 1,
        requestBytes: 3,
        responseBytes: 0,
        requestId: headerOf(answer, 'x-ms-request-id'),
        clientRequestId: 'mine',
        connectionId: expect.any(String),
        remoteAddress: '127.0.0.1',
        operation: 'sendTelemetry',
        status: 204,
        durationMs: expect.any(Number),
        msg: 'request',
      },
    ]);
    const counted = (await gateway.metrics.metrics())
      .split('\n')
      .filter((line) =>
        /^(iothub_telemetry_ingress_total|\w+_call_duration_seconds_count)/.test(line),
      );
    expect(counted).toEqual([
      'iothub_telemetry_ingress_total{hub="h",service="gateway"} 1',
      expect.stringContaining('operation="sendTelemetry",status="204"} 1'),
    ]);
  });

  test('whose client is gone is told as such', async () => {
    gateway.log.isHeld = true;
    client.send(formatRequest('POST', events, { body: 'x' }));
    await eventually(() => gateway.log.waiting.length === 1);
    client.socket.destroy();
    await eventually(() => gateway.lines.length === 0 && gateway.table.ofDevice('d1').length === 0);
    gateway.log.settle();
    await eventually(() => gateway.lines.length === 1);

    expect(gateway.lines).toMatchObject([{ status: 499 }]);
  });

  test('may come byte by byte', async () => {
    const written = [...formatRequest('POST', events, { body: 'xyz' })].map((byte) => {
      client.send(Buffer.of(byte));
      return client.socket.writableNeedDrain;
    });

    expect([written.length > 0, (await client.answer()).status]).toEqual([true, 204]);
    expect(gateway.log.bodies).toEqual(['xyz']);
  });
});

test('a body that does not come in time ends its connection', async () => {
  const hasty = await FakeHttpGateway.start({ requestTimeoutMs: 100 });
  const slow = await hasty.connect();
  slow.send(formatRequest('POST', events, { body: 'xyz' }).subarray(0, -1));
  const closed = once(slow.socket, 'close');
  const answer = await slow.answer();
  await closed;
  await hasty.stop();

  expect(codeOf(answer)).toEqual([408, 'RequestTimedOut']);
  expect([hasty.log.stored, hasty.bodies.heldBytes]).toEqual([[], 0]);
});

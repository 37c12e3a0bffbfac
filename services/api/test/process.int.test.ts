/** The process around the requests: probes, metrics, log, traces, certificates, start and end. */
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, expect, test } from '@jest/globals';
import { createTestCertificate, eventually, freePort } from '@linchpin/testing';
import { apiVersion, ask, askAs, dial, readToEnd } from './support/exchange.js';
import { adminToken, hostName, startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;
let stopped = false;

async function start(...options: Parameters<typeof startTestApi>): Promise<void> {
  api = await startTestApi(...options);
  stopped = false;
}

async function stop(): Promise<void> {
  stopped = true;
  await api.stop();
}

afterEach(async () => {
  if (!stopped) {
    await stop();
  }
});

function probe(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${api.probePort}${path}`);
}

test('ready means that the registry serves', async () => {
  await start();
  expect((await probe('/healthz/live')).status).toBe(200);
  expect((await probe('/healthz/ready')).status).toBe(200);

  api.registry.stop();
  const { status, body } = await readProbe('/healthz/ready');
  expect(status).toBe(503);
  expect(body).toMatchObject({ checks: { registry: expect.stringContaining('Registry') } });

  await api.registry.start();
  await eventually(async () => (await probe('/healthz/ready')).status === 200);
});

test('a registry that was never there is told of in the log without a request', async () => {
  const registryPort = await freePort();
  await start({ LINCHPIN_REGISTRY_ADDRESS: `127.0.0.1:${registryPort}` });
  const linesOf = (peer: string) => api.log.filter((line) => line['peer'] === peer);
  await eventually(() => linesOf('registry').length > 0);

  expect((await readProbe('/healthz/ready')).status).toBe(503);
  expect(linesOf('registry')).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'a service does not answer; trying again',
      reason: expect.stringContaining(String(registryPort)),
    }),
  ]);
  expect(linesOf('file-upload')).toEqual([]);
});

test('without the registry a request is 503 ServiceUnavailable, and 200 when it is back', async () => {
  await start();
  api.registry.stop();
  const away = await askAs(api, 'iothubowner', { path: '/devices' });
  expect([away.status, away.headers['iothub-errorcode']]).toEqual([503, 'ServiceUnavailable']);

  await api.registry.start();
  let status: number;
  do {
    ({ status } = await askAs(api, 'iothubowner', { path: '/devices' }));
  } while (status === 503);
  expect(status).toBe(200);
});

test('each request is one log line, with no secret in it', async () => {
  await start();
  const authorization = api.tokenOf('iothubowner');
  const body = {
    deviceId: 'secretive',
    authentication: {
      type: 'sas',
      symmetricKey: { primaryKey: 'c3VwZXJzZWNyZXRwcmltYXJ5a2V5', secondaryKey: 'bad key' },
    },
  };
  await ask(api, {
    method: 'PUT',
    path: `/devices/secretive?${apiVersion}`,
    headers: { authorization, 'request-id': 'mine' },
    body,
  });
  const refused = await ask(api, {
    path: `/devices?${apiVersion}`,
    headers: { authorization: `${authorization}x` },
  });
  await ask(api, { path: '/devices', headers: { authorization: `Bearer ${adminToken}` } });
  await ask(api, {
    method: 'POST',
    path: '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs/Test/listkeys?api-version=2023-06-30',
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const lines = api.log.filter(({ msg }) => msg === 'request');
  const text = JSON.stringify(api.log);

  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatchObject({
    hub: 'Test',
    policy: 'iothubowner',
    deviceId: 'secretive',
    operation: 'PutDevice',
    method: 'PUT',
    status: 200,
    durationMs: expect.any(Number),
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    clientRequestId: 'mine',
    remoteAddress: '127.0.0.1',
  });
  expect(lines[1]).toMatchObject({
    status: 401,
    errorCode: 'IotHubUnauthorizedAccess',
    reason: 'The token gives no access.',
    reasonCause: 'no key has signed the token, or it is too old',
    hostName,
    requestId: refused.headers['x-ms-request-id'],
  });
  expect(refused.text).not.toContain('no key');
  expect(lines[2]).toMatchObject({ status: 401, reasonCause: 'the token is no JSON Web Token' });
  expect(lines[3]).toMatchObject({ hub: 'Test', operation: 'ListHubKeys', status: 200 });
  for (const { primaryKey, secondaryKey } of api.hub.policies) {
    expect(text).not.toContain(primaryKey);
    expect(text).not.toContain(secondaryKey);
  }
  expect(text).not.toMatch(/c3VwZXJzZWNyZXQ|bad key|sig=|SharedAccessSignature sr=[^.]/);
  expect(text).not.toContain(adminToken);
});

test('a fault of ours is an error with its stack in the log, a refusal is none', async () => {
  await start();
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/broken', body: {} });
  const [broken] = api.hub.identities.values();
  api.hub.identities.set('broken', { ...broken!, authentication: undefined });
  const { status, text } = await askAs(api, 'iothubowner', { path: '/devices/broken' });
  await ask(api, { path: '/devices' });

  expect(status).toBe(500);
  expect(text).not.toMatch(/every identity|contract/);
  expect(api.log.slice(-2)).toEqual([
    expect.objectContaining({
      level: 'error',
      status: 500,
      errorCode: 'ServerError',
      err: expect.objectContaining({ stack: expect.stringContaining('every identity has') }),
    }),
    expect.objectContaining({ level: 'info', status: 401 }),
  ]);
});

test('metrics count by path template, never by id', async () => {
  await start();
  await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/some-device', body: {} });
  await askAs(api, 'iothubowner', { path: '/devices/some-device' });
  await ask(api, { path: '/no/such/path' });
  await dial(api).then(async (socket) => {
    socket.write('garbage\r\n\r\n');
    await readToEnd(socket);
  });
  const text = await (await probe('/metrics')).text();
  const valueOf = (name: string, ...labels: string[]): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
      ?.split(' ')[1];
  const device = 'route="/devices/{deviceId}"';
  const server = 'linchpin_http_server';

  expect(valueOf(`${server}_duration_seconds_count`, device, 'method="GET"', 'status="200"')).toBe(
    '1',
  );
  expect(valueOf(`${server}_duration_seconds_count`, 'route="none"', 'status="404"')).toBe('1');
  expect(valueOf(`${server}_request_body_bytes_total`, device)).toBe('2');
  expect(Number(valueOf(`${server}_response_body_bytes_total`, device))).toBeGreaterThan(1_000);
  expect(valueOf(`${server}_refused_total`, 'reason="HPE_INVALID_METHOD"')).toBe('1');
  expect(valueOf(`${server}_connections`)).toBe('0');
  expect(text).not.toContain('some-device');
});

test('the trace of a client goes on to the registry and into the log', async () => {
  const collector = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  await askAs(api, 'iothubowner', { path: '/devices', headers });
  const parents = api.registry.calls.map(({ metadata }) => String(metadata['traceparent']));

  expect(api.log.at(-1)).toMatchObject({ traceId });
  expect(parents).toHaveLength(2);
  expect(parents.every((parent) => parent.includes(traceId))).toBe(true);
  expect(parents.some((parent) => parent.includes('b7ad6b7169203331'))).toBe(false);
  await stop();
  collector.close();
  collector.closeAllConnections();
});

test('new certificates are served to new connections; requests on old ones go on', async () => {
  await start({}, ['rsa', 'ec']);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await ask(api, { path: '/nope', agent });
  const [socket] = Object.values(agent.freeSockets).flat();
  const fresh = createTestCertificate(api.certificateFolder, 'fresh', 'rsa');

  copyFileSync(fresh.certificate, join(api.certificateFolder, 'rsa.crt'));
  copyFileSync(fresh.key, join(api.certificateFolder, 'rsa.key'));
  process.emit('SIGHUP');
  const next = connect({
    ...{ host: '127.0.0.1', port: api.port, rejectUnauthorized: false },
    ...{ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  });
  await once(next, 'secureConnect');

  expect(next.getPeerCertificate().subject.CN).toBe('fresh');
  next.destroy();
  expect((await ask(api, { path: '/nope', agent })).status).toBe(404);
  expect(Object.values(agent.freeSockets).flat()).toEqual([socket]);
  agent.destroy();
});

test('stopping finishes what was begun, ends what is idle, and takes nothing new', async () => {
  await start();
  let open = (): void => undefined;
  api.registry.gate = new Promise((resolve) => {
    open = resolve;
  });
  const idle = await dial(api);
  const half = await dial(api);
  half.write('GET /devices HTTP/1.1\r\n');
  const busy = askAs(api, 'iothubowner', {
    path: '/devices',
    agent: new Agent({ keepAlive: true }),
  });
  while (api.registry.calls.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }

  const end = stop();
  await Promise.all([readToEnd(idle), readToEnd(half)]);
  expect((await readProbe('/healthz/ready')).status).toBe(503);
  await expect(dial(api)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  open();

  expect(await busy).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await end;
});

test('stopping answers all that was begun on a connection', async () => {
  await start();
  let open = (): void => undefined;
  api.registry.gatedRpc = 'CreateIdentity';
  api.registry.gate = new Promise((resolve) => {
    open = resolve;
  });
  const socket = await dial(api);
  const owner = `Host: h\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\nContent-Length: 2\r\n`;
  const create = (id: string) => `PUT /devices/${id}?${apiVersion} HTTP/1.1\r\n${owner}\r\n{}`;
  socket.write(create('d1') + create('d2') + create('d3'));
  const answers = readToEnd(socket);
  const creations = () =>
    api.registry.calls.filter(({ path }) => path.endsWith('/CreateIdentity')).length;
  await eventually(() => creations() === 3);

  const end = stop();
  await eventually(async () => (await readProbe('/healthz/ready')).status === 503);
  open();

  expect((await answers).statuses).toEqual([200, 200, 200]);
  await end;
});

test('stopping does not wait for ever on a request that does not go on', async () => {
  await start({ LINCHPIN_SHUTDOWN_TIMEOUT_MS: '500' });
  const socket = await dial(api);
  socket.write(
    `PUT /devices/d?${apiVersion} HTTP/1.1\r\nHost: h\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\nContent-Length: 9\r\n\r\n{`,
  );
  while (api.registry.calls.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const before = Date.now();
  await stop();

  expect(Date.now() - before).toBeLessThan(10_000);
});

test('several addresses are served by one process', async () => {
  await start({ LINCHPIN_HTTPS_LISTEN: '127.0.0.1:0,[::1]:0' });
  const { status } = await ask(api, { path: '/nope' });
  const second = connect({ host: '::1', port: api.ports[1], ca: api.authority });
  await once(second, 'secureConnect');
  second.destroy();

  expect(status).toBe(404);
});

async function readProbe(path: string): Promise<{ status: number; body: unknown }> {
  const response = await probe(path);
  return { status: response.status, body: await response.json() };
}

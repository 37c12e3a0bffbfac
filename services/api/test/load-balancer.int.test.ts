/** Behind a load balancer the client is who that names, and nobody else may name one. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  askHttps,
  eventually,
  localProxyHeader,
  proxyHeaderFor,
  testEngines,
  testHub,
  testServiceVariables,
} from '@linchpin/testing';
import { createLogger } from '@linchpin/platform/logging';
import { loadConfig } from '../src/config.js';
import { startApi, type RunningApi } from '../src/start-api.js';
import { agentFrom, balancer, dialFrom, openFrom } from './support/balancer.js';
import { apiVersion, askAs } from './support/exchange.js';
import { createOwnHub, deleteOwnHub, ownHubsPath, type OwnHub } from './support/hub-under-test.js';
import { adminToken, startTestApi, type TestApi } from './support/start-test-api.js';

const nothing: Buffer = Buffer.alloc(0);
const [accepted, rejected] = ['192.0.2.1', '198.51.100.1'];

describe('to the registry', () => {
  let hub: OwnHub;
  let api: RunningApi;

  beforeAll(async () => {
    hub = await createOwnHub(`balanced-${randomUUID().slice(0, 8)}`, {
      ipFilterRules: [
        { filterName: 'here', action: 'Accept', ipMask: `${accepted}/32` },
        { filterName: 'others', action: 'Reject', ipMask: '0.0.0.0/0' },
      ],
    });
    const services = testServiceVariables();
    const config = loadConfig({
      ...services,
      LINCHPIN_PROFILE: 'dev',
      LINCHPIN_PROBE_LISTEN: '127.0.0.1:0',
      LINCHPIN_HTTPS_LISTEN: '127.0.0.1:0',
      LINCHPIN_REDIS_URL: testEngines().redisUrl,
      LINCHPIN_FILE_UPLOAD_ADDRESS: services['LINCHPIN_REGISTRY_ADDRESS'],
      LINCHPIN_TWIN_ADDRESS: services['LINCHPIN_REGISTRY_ADDRESS'],
      LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: services['LINCHPIN_REGISTRY_ADDRESS'],
      LINCHPIN_ADMIN_TOKEN: adminToken,
      LINCHPIN_PROXY_PROTOCOL_FROM: balancer,
    });
    api = await startApi(config, createLogger({ service: 'api', level: 'silent' }));
  });

  afterAll(async () => {
    await api.stop();
    await deleteOwnHub(hub);
  });

  async function askFor(client: string, method: string, path: string, authorization: string) {
    const [port = 0] = api.httpsPorts;
    const { authority } = testHub();
    const agent = agentFrom(balancer, { port, authority }, proxyHeaderFor(client));
    const headers = { host: hub.hostName, authorization };
    return askHttps({ agent, method, path, headers }, method === 'PUT' ? {} : undefined);
  }

  test('security-limits 22: IP rules judge the client, and the audit log says where it was', async () => {
    const put = (id: string, client: string) =>
      askFor(client, 'PUT', `/devices/${id}?${apiVersion}`, hub.tokenOf('iothubowner'));
    expect((await put('d1', accepted)).status).toBe(200);
    expect(await put('d2', rejected)).toMatchObject({
      status: 401,
      errorCode: 'IotHubUnauthorizedAccess',
    });

    const path = `${ownHubsPath}/${hub.name}/auditLog?api-version=2023-06-30`;
    const log = await askFor(rejected, 'GET', path, `Bearer ${adminToken}`);
    expect(JSON.parse(log.text)).toMatchObject({
      value: [{ operation: 'CreateIdentity', actor: { clientAddress: accepted } }, {}, {}],
    });
  });
});

describe('to the api', () => {
  let api: TestApi;

  beforeEach(async () => {
    api = await startTestApi({
      LINCHPIN_PROXY_PROTOCOL_FROM: balancer,
      LINCHPIN_HANDSHAKE_TIMEOUT_MS: '300',
      LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX: '2',
    });
  });

  afterEach(async () => {
    await api.stop();
  });

  /** What is logged of each connection that was not let in. */
  const refused = () =>
    api.log
      .filter(({ msg }) => msg === 'connection refused')
      .map(({ remoteAddress, reason }) => `${String(remoteAddress)} ${String(reason)}`);

  const askFrom = (from: string, header = nothing) =>
    askAs(api, 'registryRead', { path: '/devices', agent: agentFrom(from, api, header) });

  test.each([
    ['its balancer names by IPv4', balancer, proxyHeaderFor('192.0.2.1'), '192.0.2.1'],
    ['its balancer names by IPv6', balancer, proxyHeaderFor('2001:db8::7'), '2001:db8:0:0:0:0:0:7'],
    ['its balancer is itself', balancer, localProxyHeader, balancer],
    ['comes without one', '127.0.0.3', nothing, '127.0.0.3'],
  ])('a client that %s is who asks', async (_, from, header, address) => {
    expect((await askFrom(from, header)).status).toBe(200);

    const asked = api.registry.calls.at(-1)?.metadata['linchpin-actor-bin'] as Buffer;
    expect(JSON.parse(asked.toString())).toMatchObject({ clientAddress: address });
    expect(api.log.at(-1)).toMatchObject({ msg: 'request', remoteAddress: address });
  });

  test('who may not speak for others is refused, and so is a balancer that does not', async () => {
    await expect(askFrom('127.0.0.3', proxyHeaderFor('192.0.2.1'))).rejects.toThrow();
    await expect(askFrom(balancer)).rejects.toThrow();

    expect(refused()).toEqual(['127.0.0.3 handshake-failed', `${balancer} proxy-header`]);
  });

  test.each([0, 20])(
    'a balancer that says %i bytes of its header is not waited for',
    async (length) => {
      const header = proxyHeaderFor('192.0.2.1').subarray(0, length);
      await once(dialFrom(balancer, api, header), 'close');

      expect(refused()).toEqual([`${balancer} proxy-header`]);
    },
  );

  test('connections that stay silent take few places, for a time, and no others', async () => {
    const silent = [dialFrom(balancer, api, nothing), dialFrom(balancer, api, nothing)];
    const closed = silent.map((socket) => once(socket, 'close'));
    await expect(askFrom(balancer, proxyHeaderFor('192.0.2.1'))).rejects.toThrow();
    expect(refused()).toEqual([`${balancer} unnamed`]);
    expect((await askFrom('127.0.0.3')).status).toBe(200);

    await Promise.all(closed);
    expect((await askFrom(balancer, proxyHeaderFor('192.0.2.1'))).status).toBe(200);
  });

  test.each([
    ['IPv4', ['192.0.2.1', '192.0.2.1', '192.0.2.1'], '192.0.2.2'],
    ['IPv6', ['2001:db8::1', '2001:db8::2', '2001:db8::3'], '2001:db8:0:1::1'],
  ])(
    'a client has its own bound, by %s',
    async (_, [first = '', second = '', third = ''], other) => {
      const open = (client: string) => openFrom(balancer, api, proxyHeaderFor(client));
      const sockets = [await open(first), await open(second)];
      await expect(open(third)).rejects.toThrow();
      expect(refused()).toEqual([expect.stringMatching(/^[\d.:a-f]+ connections-of-address$/)]);
      sockets.push(await open(other));

      sockets[0]?.destroy();
      await eventually(async () => (await askFrom(balancer, proxyHeaderFor(third))).status === 200);
      sockets.forEach((socket) => socket.destroy());
    },
  );
});

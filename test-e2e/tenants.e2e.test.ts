/**
 * Two hubs of one deployment: whatever names something of the one is tried with a credential of the
 * other. Nothing is given away, and no answer tells what exists elsewhere from what exists nowhere.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { issueCertificate, type HttpsAnswer, type IssuedCertificate } from '@linchpin/testing';
import { administer, createHub, policyKeys, type ServiceAccess } from './support/administration.js';
import { createClientCertificate } from './support/client-certificate.js';
import { accepted, refused } from './support/connack.js';
import { answerTo, eventsTopic, openWith } from './support/device-client.js';
import type { DeviceSocketOptions } from './support/device-socket.js';
import { KafkaReader } from './support/kafka-reader.js';
import { MqttClient, type ConnectFields } from './support/mqtt-client.js';
import { createDevice, createModule, tokenOf, type TestIdentity } from './support/registry.js';
import { send, tale } from './support/service-request.js';
import { askTwins, runQuery } from './support/twin-requests.js';

const suffix = randomUUID().slice(0, 8);
const nowhere = `nowhere-${suffix}.example`;
/** In both hubs, with other keys. */
const shared = `shared-${suffix}`;
/** In the owner's alone. */
const only = `only-${suffix}`;
const missing = `none-${suffix}`;
const anHourAhead = new Date(Date.now() + 3_600_000);

let owner: ServiceAccess & { readonly name: string };
let stranger: ServiceAccess & { readonly name: string };
let strangerKeys: ReadonlyMap<string, string>;
let ownersShared: TestIdentity;
let ownersOnly: TestIdentity;
let ownersModule: TestIdentity;
let strangersShared: TestIdentity;

beforeAll(async () => {
  [owner, stranger] = await Promise.all([makeHub('owner'), makeHub('stranger')]);
  strangerKeys = await policyKeys(stranger.name);
  ownersShared = await createDevice(shared, {}, owner);
  ownersOnly = await createDevice(only, {}, owner);
  ownersModule = await createModule(only, 'm1', {}, owner);
  strangersShared = await createDevice(shared, {}, stranger);
});

afterAll(async () => {
  await Promise.all([owner, stranger].map(({ name }) => administer('DELETE', `/${name}`)));
});

async function makeHub(kind: string): Promise<ServiceAccess & { readonly name: string }> {
  const name = `${kind}-${suffix}`;
  return { name, ...(await createHub(name, `${name}.example`)) };
}

/** Signed by a key of the stranger, for whatever it says. */
function strangersToken(audience: string, policy = 'iothubowner'): string {
  return createSasToken({
    audience,
    policy,
    key: strangerKeys.get(policy)!,
    expiresAt: anHourAhead,
  });
}

describe('over REST', () => {
  const apiVersion = 'api-version=2021-04-12';

  const askAs = (authorization: string, method: string, path: string): Promise<HttpsAnswer> =>
    send({
      method,
      path: `${path}?${apiVersion}`,
      authorization,
      headers: { 'if-match': '"*"' },
      ...(bodies[method] && { body: bodies[method] }),
    });

  /** Whatever the path, each says nothing that could be refused. */
  const bodies: Readonly<Record<string, object>> = {
    PUT: {},
    POST: { methodName: 'reboot' },
    PATCH: [],
  };

  test.each([
    ['GET', (id: string) => `/devices/${id}`],
    ['PUT', (id: string) => `/devices/${id}`],
    ['DELETE', (id: string) => `/devices/${id}`],
    ['GET', (id: string) => `/devices/${id}/modules`],
    ['GET', (id: string) => `/devices/${id}/modules/m1`],
    ['PUT', (id: string) => `/devices/${id}/modules/m1`],
    ['DELETE', (id: string) => `/devices/${id}/modules/m1`],
    ['GET', (id: string) => `/twins/${id}`],
    ['PUT', (id: string) => `/twins/${id}`],
    ['GET', (id: string) => `/twins/${id}/modules/m1`],
    ['PUT', (id: string) => `/twins/${id}/modules/m1`],
    ['POST', (id: string) => `/twins/${id}/methods`],
    ['POST', (id: string) => `/twins/${id}/modules/m1/methods`],
    ['GET', (id: string) => `/digitaltwins/${id}`],
    ['PATCH', (id: string) => `/digitaltwins/${id}`],
    ['POST', (id: string) => `/digitaltwins/${id}/commands/reboot`],
    ['POST', (id: string) => `/digitaltwins/${id}/components/a/commands/reboot`],
    ['POST', (id: string) => `/devices/${id}/messages/deviceBound`],
    ['POST', (id: string) => `/devices/${id}/modules/m1/messages/deviceBound`],
    ['DELETE', (id: string) => `/devices/${id}/commands`],
    ['GET', (id: string) => `/jobs/${id}`],
  ])('%s: an id of the owner’s is none of the stranger’s', async (method, path) => {
    const own = strangersToken(stranger.host);
    const there = await askAs(own, method, path(only));
    const none = await askAs(own, method, path(missing));

    expect(there.status).toBe(404);
    expect(tale(there, only)).toEqual(tale(none, missing));
  });

  test.each(['iothubowner', 'service', 'device', 'registryRead', 'registryReadWrite'])(
    'the policy %s of the stranger opens nothing that is the owner’s',
    async (policy) => {
      for (const part of ['', '/devices', `/devices/${only}`]) {
        const there = await askAs(
          strangersToken(`${owner.host}${part}`, policy),
          'GET',
          `/devices/${only}`,
        );
        const none = await askAs(
          strangersToken(`${nowhere}${part}`, policy),
          'GET',
          `/devices/${only}`,
        );

        expect(there).toMatchObject({ status: 401, errorCode: 'IotHubUnauthorizedAccess' });
        expect(tale(there)).toEqual(tale(none));
      }
    },
  );

  test('neither does the key of a device of the same id, nor a policy that it names', async () => {
    const { primaryKey: key } = strangersShared;
    const audience = `${owner.host}/devices/${shared}`;
    const tokens = [
      createSasToken({ audience, key, expiresAt: anHourAhead }),
      createSasToken({ audience, key, policy: 'iothubowner', expiresAt: anHourAhead }),
      tokenOf(strangersShared, anHourAhead, owner.host),
    ];
    for (const token of tokens) {
      expect((await askAs(token, 'GET', `/devices/${shared}`)).status).toBe(401);
    }
  });

  test('the header Host changes nothing for a policy: its token says the hub', async () => {
    const { text, status } = await send({
      path: `/devices/${shared}?${apiVersion}`,
      authorization: strangersToken(stranger.host),
      host: owner.host,
    });

    expect(status).toBe(200);
    expect(text).toContain(strangersShared.primaryKey);
    expect(text).not.toContain(ownersShared.primaryKey);
  });

  test('twins of one id are two, and queries find the stranger’s own', async () => {
    await askTwins(`/twins/${shared}`, {
      method: 'PATCH',
      body: { tags: { secret: 'of the owner' } },
      access: owner,
    });
    const query = 'SELECT * FROM devices';
    const all = await runQuery(query, {}, stranger);
    const counted = await runQuery('SELECT COUNT() AS n FROM devices', {}, stranger);

    expect((await askTwins(`/twins/${shared}`, { access: stranger })).twin.tags).toEqual({});
    expect(JSON.parse(all.text)).toEqual([expect.objectContaining({ deviceId: shared, tags: {} })]);
    expect(counted.text).toBe('[{"n":1}]');
    // The place at which the owner's page ends says something of what is there.
    const page = await runQuery(query, { 'x-ms-max-item-count': '1' }, owner);
    const continuation = page.headers.get('x-ms-continuation') ?? '';
    expect(continuation).not.toBe('');
    const headers = { 'x-ms-continuation': continuation };
    expect((await runQuery(query, headers, stranger)).status).toBe(400);
  });

  test('lists and statistics hold what is the stranger’s own', async () => {
    const own = strangersToken(stranger.host);
    const list = await askAs(own, 'GET', '/devices');
    const statistics = await askAs(own, 'GET', '/statistics/devices');

    expect(
      (JSON.parse(list.text) as { deviceId: string }[]).map(({ deviceId }) => deviceId),
    ).toEqual([shared]);
    expect(JSON.parse(statistics.text)).toMatchObject({ totalDeviceCount: 1 });
  });
});

describe('on the control plane', () => {
  const hubs = '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs';

  test.each([
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/listkeys'],
    ['POST', '/IotHubKeys/iothubowner/listkeys'],
    ['GET', '/certificates'],
    ['GET', '/certificates/root'],
    ['GET', '/auditLog'],
  ])('%s {hub}%s takes no policy’s token, of this hub or another', async (method, path) => {
    for (const authorization of [strangersToken(stranger.host), strangersToken(owner.host)]) {
      const there = await send({ method, path: `${hubs}/${owner.name}${path}`, authorization });
      const none = await send({ method, path: `${hubs}/none-${suffix}${path}`, authorization });

      expect(there).toMatchObject({ status: 401, errorCode: 'GenericUnauthorized' });
      expect(tale(there)).toEqual(tale(none));
    }
  });

  test('a host name of the owner’s does not become another hub’s', async () => {
    const properties = { hostNames: [owner.host] };
    const body = { location: 'local', properties };
    const { status } = await administer('PUT', `/thief-${suffix}`, body);

    expect(status).toBe(409);
    expect((await administer('GET', `/thief-${suffix}`)).status).toBe(404);
  });
});

/** CONNECT as SDKs write it, to any hub. */
function fieldsOf(host: string, id: string, password?: string): ConnectFields {
  const username = `${host}/${id}/?api-version=2021-04-12`;
  return { clientId: id, username, ...(password && { password: Buffer.from(password) }) };
}

describe('over MQTT', () => {
  const idOf = ({ deviceId, moduleId }: TestIdentity): string =>
    moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;

  /** Refused as a device of no hub is. */
  async function expectRefused(host: string, id: string, password: string): Promise<void> {
    const there = await answerTo(fieldsOf(host, id, password));
    const none = await answerTo(fieldsOf(nowhere, id, password));
    expect([there, none]).toEqual([refused, refused]);
  }

  test.each([
    ['the stranger’s device key', () => tokenOf(strangersShared, anHourAhead, owner.host)],
    ['the stranger’s own token', () => tokenOf(strangersShared, anHourAhead, stranger.host)],
    ['a policy of the stranger’s', () => strangersToken(`${owner.host}/devices/${shared}`)],
    ['that policy for all devices', () => strangersToken(`${owner.host}/devices`, 'device')],
    ['that policy for its own hub', () => strangersToken(stranger.host, 'device')],
  ])('%s opens no device of the owner’s', async (_, token) => {
    for (const identity of [ownersShared, ownersOnly, ownersModule]) {
      await expectRefused(owner.host, idOf(identity), token());
    }
  });

  test('the owner’s own token opens nothing at the stranger’s', async () => {
    await expectRefused(stranger.host, shared, tokenOf(ownersShared, anHourAhead, owner.host));
    await expectRefused(stranger.host, only, tokenOf(ownersOnly, anHourAhead, stranger.host));
  });

  test('a certificate that the owner knows is nobody’s at the stranger’s', async () => {
    const { tls, sha256 } = createClientCertificate();
    const authentication = {
      type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: sha256 },
    };
    const deviceId = `thumb-${suffix}`;
    const other = createClientCertificate();
    await createX509(owner, deviceId, authentication);
    await createX509(stranger, deviceId, {
      type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: other.sha256 },
    });

    expect(await connack(owner.host, deviceId, { tls })).toBe(0);
    expect(await connack(stranger.host, deviceId, { tls })).toBe(5);
    expect(await connack(owner.host, deviceId, { tls: other.tls })).toBe(5);
  });

  test('an authority that the owner trusts vouches for nobody at the stranger’s', async () => {
    const root = issueCertificate({ subject: `Root ${suffix}`, authority: true });
    const deviceId = `ca-${suffix}`;
    await trust(owner.name, root);
    for (const hub of [owner, stranger]) {
      await createX509(hub, deviceId, { type: 'certificateAuthority' });
    }
    const leaf = issueCertificate({ subject: deviceId, issuer: root });
    const tls = { cert: leaf.certificate, key: leaf.key };

    expect(await connack(owner.host, deviceId, { tls })).toBe(0);
    expect(await connack(stranger.host, deviceId, { tls })).toBe(5);
  });

  test('devices of one id are two: neither takes the other over, ends with it or sends for it', async () => {
    const topics = await Promise.all([topicOf(owner.name), topicOf(stranger.name)]);
    const readers = await Promise.all(topics.map((topic) => KafkaReader.from(topic)));
    const [mine, theirs] = await Promise.all([
      openWith(fieldsOf(owner.host, shared, tokenOf(ownersShared, anHourAhead, owner.host))),
      openWith(
        fieldsOf(stranger.host, shared, tokenOf(strangersShared, anHourAhead, stranger.host)),
      ),
    ]);
    expect([mine.hex, theirs.hex]).toEqual([accepted, accepted]);

    await theirs.publish(eventsTopic(strangersShared), 'of the stranger', 1);
    await send({
      method: 'DELETE',
      path: `/devices/${shared}?api-version=2021-04-12`,
      authorization: strangersToken(stranger.host),
    });
    await theirs.closed;
    await mine.publish(eventsTopic(ownersShared), 'of the owner', 1);

    const stored = await Promise.all(readers.map((reader) => reader.waitFor(shared, 1)));
    expect(stored.map((messages) => messages.map(({ value }) => value.toString()))).toEqual([
      ['of the owner'],
      ['of the stranger'],
    ]);
    expect(mine.isClosed).toBe(false);
    await mine.disconnect();
    await Promise.all(readers.map((reader) => reader.close()));
  });
});

async function createX509(
  access: ServiceAccess,
  deviceId: string,
  authentication: object,
): Promise<void> {
  await createDevice(deviceId, { authentication }, access);
}

async function trust(hub: string, { der }: IssuedCertificate): Promise<void> {
  const properties = { certificate: der.toString('base64'), isVerified: true };
  const { status } = await administer('PUT', `/${hub}/certificates/root`, { properties });
  expect(status).toBe(201);
}

async function topicOf(hub: string): Promise<string> {
  const { body } = await administer('GET', `/${hub}`);
  const { properties } = body as {
    properties: { eventHubEndpoints: { events: { path: string } } };
  };
  return properties.eventHubEndpoints.events.path;
}

/** The code of CONNACK for who shows a certificate. */
async function connack(
  host: string,
  deviceId: string,
  socket: DeviceSocketOptions,
): Promise<number | 'closed'> {
  const client = await MqttClient.open(socket);
  try {
    return await client.connect(fieldsOf(host, deviceId));
  } finally {
    client.destroy();
  }
}

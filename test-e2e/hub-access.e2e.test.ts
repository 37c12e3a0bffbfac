/** What a hub's settings let in, over HTTPS and MQTT alike (security-limits.md sections 1, 5 and 6). */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { administer, createHub, type ServiceAccess } from './support/administration.js';
import { refused } from './support/connack.js';
import { answerTo, open, openWith } from './support/device-client.js';
import { hub } from './support/hub.js';
import { connectFields, createDevice } from './support/registry.js';
import { byPolicy, byPrimaryKey, type Entrant } from './support/revocation/credential-kinds.js';
import { RevocationHub } from './support/revocation/revocation-hub.js';

let own: RevocationHub;
let device: Entrant;
let ofPolicy: Entrant;

beforeAll(async () => {
  own = await RevocationHub.create();
  device = await byPrimaryKey(own, 'd1');
  ofPolicy = await byPolicy('lasting', 'primaryKey')(own, 'd2');
});

afterAll(async () => {
  await own.delete();
});

interface Answer {
  readonly status: number | undefined;
  readonly code: unknown;
  readonly message: string | undefined;
}

interface Asking {
  readonly from?: string;
  readonly access?: ServiceAccess;
  /** Of the owner, unless the test takes another. */
  readonly key?: string;
  readonly maxVersion?: SecureVersion;
}

/** GET /devices/d1 */
async function ask({
  from = '127.0.0.1',
  access = own.access,
  ...rest
}: Asking = {}): Promise<Answer> {
  const { host: audience, owner } = access;
  const { key = owner.key, maxVersion = 'TLSv1.3' } = rest;
  const expiresAt = new Date(Date.now() + 600_000);
  const asked = request({
    host: hub.host,
    localAddress: from,
    path: '/devices/d1?api-version=2021-04-12',
    ca: hub.authority,
    maxVersion,
    headers: {
      Authorization: createSasToken({ audience, key, policy: owner.name, expiresAt }),
    },
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    code: response.headers['iothub-errorcode'],
    message: (JSON.parse(await text(response)) as { Message?: string }).Message,
  };
}

async function connects(entrant: Entrant, from: string): Promise<void> {
  await (await openWith(entrant.fields, { gateway: 'gateway-1', from })).disconnect();
}

const accepted = '127.0.0.88';

test('security-limits 22: who comes from an address that is rejected is told what a wrong key is', async () => {
  const wrongKey = await ask({
    from: accepted,
    key: own.policyKeys.get('lasting')!.primaryKey,
  });
  await own.set({
    ipFilterRules: [
      { filterName: 'here', action: 'Accept', ipMask: `${accepted}/32` },
      { filterName: 'others', action: 'Reject', ipMask: '0.0.0.0/0' },
    ],
  });

  expect(wrongKey).toMatchObject({ status: 401, code: 'IotHubUnauthorizedAccess' });
  expect(await ask()).toEqual(wrongKey);
  expect(await ask({ from: accepted })).toMatchObject({ status: 200 });
  await connects(device, accepted);
  const elsewhere = { gateway: 'gateway-2', from: '127.0.0.89' } as const;
  expect(await answerTo(device.fields, elsewhere)).toBe(refused);

  await own.set({ ipFilterRules: [] });
  expect(await ask()).toMatchObject({ status: 200 });
});

test('minTlsVersion 1.3 refuses who comes by TLS 1.2, and tells him what a wrong key is', async () => {
  const name = `strict-${randomUUID().slice(0, 8)}`;
  const access = await createHub(name, `${name}.example.net`, {
    properties: { minTlsVersion: '1.3' },
  });
  const strict = await createDevice('d1', {}, access);
  const older = { maxVersion: 'TLSv1.2' } as const;

  const wrongKey = await ask({ access, key: own.access.owner.key });
  expect(wrongKey).toMatchObject({ status: 401, code: 'IotHubUnauthorizedAccess' });
  expect(await ask({ access, ...older })).toEqual(wrongKey);
  expect(await answerTo(connectFields(strict), { tls: older })).toBe(refused);
  expect(await ask({ access })).toMatchObject({ status: 200 });
  await (await open(strict)).disconnect();

  expect(await ask(older)).toMatchObject({ status: 200 });
  await (await openWith(device.fields, { tls: older })).disconnect();
  await administer('DELETE', `/${name}`);
});

test('security-limits 14: disableLocalAuth refuses the tokens of policies, and no others', async () => {
  await own.set({ disableLocalAuth: true });
  expect(await ask()).toMatchObject({ status: 401, code: 'IotHubUnauthorizedAccess' });
  expect(await answerTo(ofPolicy.fields)).toBe(refused);
  await connects(device, accepted);

  await own.set({ disableLocalAuth: false, disableDeviceSAS: true });
  expect(await ask()).toMatchObject({ status: 200 });
  expect(await answerTo(device.fields)).toBe(refused);
  await connects(ofPolicy, accepted);
});

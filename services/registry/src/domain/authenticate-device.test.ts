import { beforeEach, describe, expect, test } from '@jest/globals';
import { createSasToken, thumbprintsOf } from '@linchpin/auth';
import { issueCertificate } from '@linchpin/testing';
import { DeviceAuthenticator, type DeviceClaim } from './authenticate-device.js';
import type { Authentication } from './authentication.js';
import { identityKeyCredential, policyKeyCredential } from './credential-id.js';
import type { IdentityContent } from './device-identity.js';
import { policiesOfNewHub } from './shared-access-policy.js';
import { hubDefinition, identityContent, moduleContent, sampleKeys } from './samples.fake.js';
import { inMemoryStores, type Stores } from './stores.fake.js';
import { withSettings } from './credential-store.fake.js';
import type { AccessSettings } from './hub-settings.js';
import { VerifiedAuthorities } from './verified-authorities.js';

const host = 'myhub.example.net';
const [deviceKey, moduleKey, policyKey, otherKey] = sampleKeys;
const dev1 = { deviceId: 'dev1', moduleId: undefined };
const mod1 = { deviceId: 'dev1', moduleId: 'mod1' };
/** The `se` of the specification's vectors, and a moment before it. */
const expiresAt = new Date(1_767_225_600_000);
const inTime = new Date(expiresAt.getTime() - 60_000);

let stores: Stores;
let now: Date;
let authorities: VerifiedAuthorities;
let authenticator: DeviceAuthenticator;

beforeEach(async () => {
  stores = inMemoryStores();
  now = inTime;
  authorities = new VerifiedAuthorities(stores.certificates);
  authenticator = new DeviceAuthenticator({
    store: stores.credentials,
    authorities,
    clock: () => now,
  });
  const policies = policiesOfNewHub(() => policyKey);
  await stores.hubs.insert(hubDefinition('MyHub', { hostNames: [host, 'alias'] }), policies);
  await stores.hubs.activate('MyHub');
  await register({ deviceId: 'dev1' }, [{ moduleId: 'mod1', authentication: sas(moduleKey) }]);
});

async function register(
  members: Partial<IdentityContent>,
  modules: readonly Partial<IdentityContent>[] = [],
): Promise<void> {
  const device = identityContent({ authentication: sas(deviceKey), ...members });
  const { deviceId } = device;
  await stores.identities.insertDevice(
    'MyHub',
    device,
    modules.map((module) => moduleContent({ deviceId, ...module })),
  );
}

function sas(primaryKey: string, secondaryKey = otherKey): Authentication {
  return { type: 'sas', primaryKey, secondaryKey };
}

function authenticate(text: string, members: Partial<DeviceClaim> = {}) {
  return authenticator.authenticate({
    hostName: host,
    client: { address: '192.0.2.1', tlsVersion: '1.3' },
    deviceId: 'dev1',
    moduleId: undefined,
    credential: { kind: 'token', text },
    ...members,
  });
}

const token = (audience: string, key: string, policy?: string, until = expiresAt): string =>
  createSasToken({ audience, key, policy, expiresAt: until });

const unauthorized = (text: string) => ({
  code: 'IotHubUnauthorized',
  message: expect.stringContaining(text),
});

const v1 = `SharedAccessSignature sr=${host}%2Fdevices%2Fdev1&sig=sdCTZzt%2Bx74jhB3zOGN8Em%2Fc%2B%2FyGjfA6kaplTb9Z2pU%3D&se=1767225600`;
const v4 = `SharedAccessSignature sr=${host}%2Fdevices%2Fdev1%2Fmodules%2Fmod1&sig=TbYRQKDoVoLteOcNY9fLWfPGmZg9UGRHI195B3OCMPA%3D&se=1767225600`;
const v5 = `SharedAccessSignature sr=${host}&sig=hoKfDz9zpdG1Ff6T5SnjvjRY0peMqtUBbzxiJLk1UDU%3D&skn=device&se=1767225600`;

describe('a token', () => {
  test('device-mqtt 16: of a device is proven by its primary key', async () => {
    expect(await authenticate(v1)).toEqual({
      hub: expect.objectContaining({ name: 'MyHub', partitionCount: 4 }),
      generationId: identityContent().generationId,
      ofEdgeDevice: false,
      scope: 'device',
      kind: 'sas',
      expiresAt,
      credentialIds: [identityKeyCredential('MyHub', dev1, deviceKey), 'device-sas'],
    });
  });

  test('device-mqtt 16: of a module is proven by the key of the module', async () => {
    expect(await authenticate(v4, { moduleId: 'mod1' })).toMatchObject({
      scope: 'module',
      credentialIds: [identityKeyCredential('MyHub', mod1, moduleKey), 'module-sas'],
    });
  });

  test('device-mqtt 17: of a policy with DeviceConnect connects any device and module', async () => {
    await register({ deviceId: 'dev2' });
    for (const id of [{}, { deviceId: 'dev2' }, { moduleId: 'mod1' }]) {
      expect(await authenticate(v5, id)).toMatchObject({
        scope: 'hub',
        credentialIds: [policyKeyCredential('MyHub', 'device', policyKey), 'local-auth'],
      });
    }
  });

  test('security-limits 4: counts by the secondary key too', async () => {
    const text = token(`${host}/devices/dev1`, otherKey);
    expect(await authenticate(text)).toMatchObject({
      credentialIds: [identityKeyCredential('MyHub', dev1, otherKey), 'device-sas'],
    });
  });

  test('counts for each host name of the hub, with a port and in any letter case', async () => {
    for (const hostName of ['ALIAS', `${host}:8883`, 'Alias:443']) {
      expect(await authenticate(v1, { hostName })).toMatchObject({ scope: 'device' });
    }
    expect(await authenticate(token('alias/devices/dev1', deviceKey))).toBeDefined();
  });

  test.each([
    ['signed by another key', token(`${host}/devices/dev1`, policyKey), {}],
    ['of a device, for its module', v1, { moduleId: 'mod1' }],
    ['of a device, with the key of its module', token(`${host}/devices/dev1`, moduleKey), {}],
    ['of a module, for its device', token(`${host}/devices/dev1/modules/mod1`, deviceKey), {}],
    [
      'security-limits 11: of a device with a shorter name',
      token(`${host}/devices/dev`, deviceKey),
      {},
    ],
    ['of a device in another letter case', token(`${host}/devices/Dev1`, deviceKey), {}],
    ['for another host', token('other.example.net/devices/dev1', deviceKey), {}],
    ['for the host of a hub whose name is longer', token(`x${host}/devices/dev1`, deviceKey), {}],
    ['of no policy', token(host, policyKey, 'nobody'), {}],
    ['of a policy that another has signed', token(host, otherKey, 'device'), {}],
    ['device-mqtt 17: of a policy without DeviceConnect', token(host, policyKey, 'service'), {}],
    [
      'security-limits 12: of a policy for another device',
      token(`${host}/devices/dev9`, policyKey, 'device'),
      {},
    ],
    ['with another signature', v1.replace('sdCT', 'sdCU'), {}],
    ['with another expiry', v1.replace('1767225600', '1767225601'), {}],
    ['V5 without its policy', v5.replace('&skn=device', ''), {}],
    ['that is none', 'Bearer eyJhbGciOiJub25lIn0..', {}],
    ['that is empty', '', {}],
  ])('%s does not count', async (_what, text, id) => {
    await expect(authenticate(text, id)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
  });

  test('of a policy for a device whose id looks like an escape counts for no other', async () => {
    await register({ deviceId: '%41' });
    await register({ deviceId: 'A' });
    const forIt = token(`${host}/devices/%41`, policyKey, 'device');
    expect(await authenticate(forIt, { deviceId: '%41' })).toMatchObject({ scope: 'hub' });
    await expect(authenticate(forIt, { deviceId: 'A' })).rejects.toMatchObject(
      unauthorized('another resource'),
    );
  });

  test('device-mqtt 18: counts 5 minutes longer than it says', async () => {
    now = new Date(expiresAt.getTime() + 299_000);
    expect(await authenticate(v1)).toBeDefined();
    now = new Date(expiresAt.getTime() + 301_000);
    await expect(authenticate(v1)).rejects.toMatchObject(unauthorized('expired'));
  });

  test('device-mqtt 9: does not count for a device with another type', async () => {
    const others: Authentication[] = [
      { type: 'none' },
      { type: 'certificateAuthority' },
      { type: 'selfSigned', primaryThumbprint: 'AB'.repeat(20), secondaryThumbprint: undefined },
    ];
    for (const [index, authentication] of others.entries()) {
      const deviceId = `x${index}`;
      await register({ deviceId, authentication });
      const own = token(`${host}/devices/${deviceId}`, deviceKey);
      await expect(authenticate(own, { deviceId })).rejects.toMatchObject(
        unauthorized(authentication.type),
      );
      expect(await authenticate(v5, { deviceId })).toMatchObject({ scope: 'hub' });
    }
  });
});

describe('device-mqtt 7: who is refused', () => {
  test('an unknown device, whoever has signed', async () => {
    const notFound = { code: 'DeviceNotFound' };
    const id = { deviceId: 'nobody' };
    const own = token(`${host}/devices/nobody`, deviceKey);
    await expect(authenticate(own, id)).rejects.toMatchObject(notFound);
    await expect(authenticate(v5, id)).rejects.toMatchObject(notFound);
    const credential = { kind: 'certificates', shown: [Buffer.of(0x30)] } as const;
    await expect(authenticate('', { ...id, credential })).rejects.toMatchObject(notFound);
  });

  test('an unknown device gets past no key that we use to keep time', async () => {
    for (const filling of [0, 1, 2]) {
      const key = Buffer.alloc(32, filling).toString('base64');
      const text = token(`${host}/devices/nobody`, key);
      await expect(authenticate(text, { deviceId: 'nobody' })).rejects.toMatchObject({
        code: 'DeviceNotFound',
      });
      const ofPolicy = token(host, key, 'nobody');
      await expect(authenticate(ofPolicy)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
    }
  });

  test('an unknown module', async () => {
    await expect(authenticate(v5, { moduleId: 'nobody' })).rejects.toMatchObject({
      code: 'ModuleNotFound',
    });
  });

  test('security-limits 36: a disabled device, and its modules, once they have proven themselves', async () => {
    const modules = [{ moduleId: 'mod1', authentication: sas(moduleKey) }];
    await register({ deviceId: 'off', status: 'disabled' }, modules);
    const disabled = { code: 'DeviceDisabled' };
    const id = { deviceId: 'off' };
    await expect(authenticate(v5, id)).rejects.toMatchObject(disabled);
    const own = token(`${host}/devices/off`, deviceKey);
    await expect(authenticate(own, id)).rejects.toMatchObject(disabled);
    const ofModule = token(`${host}/devices/off/modules/mod1`, moduleKey);
    await expect(authenticate(ofModule, { ...id, moduleId: 'mod1' })).rejects.toMatchObject(
      disabled,
    );
    const wrong = token(`${host}/devices/off`, policyKey);
    await expect(authenticate(wrong, id)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
  });

  test('who names no host of a hub, or one of a hub that is not active', async () => {
    await expect(authenticate(v1, { hostName: 'elsewhere' })).rejects.toMatchObject({
      code: 'IotHubNotFound',
    });
    await stores.hubs.markDeleting('MyHub');
    await expect(authenticate(v1)).rejects.toMatchObject({ code: 'IotHubNotFound' });
  });

  test.each(['', 'a/b', 'x'.repeat(129), 'a b'])('whose id is %j', async (deviceId) => {
    await expect(authenticate(v5, { deviceId })).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  });
});

describe('what a hub turns off', () => {
  const notBefore = new Date(inTime.getTime() - 60_000);
  const certificate = issueCertificate({ subject: 'x509', notBefore });
  const credential = { kind: 'certificates', shown: [certificate.der] } as const;
  const set = (settings: Partial<AccessSettings>): void => {
    const store = withSettings(stores.credentials, settings);
    authenticator = new DeviceAuthenticator({ store, authorities, clock: () => now });
  };
  const ways = {
    device: () => authenticate(v1),
    module: () => authenticate(v4, { moduleId: 'mod1' }),
    'device by policy': () => authenticate(v5),
    'module by policy': () => authenticate(v5, { moduleId: 'mod1' }),
    certificate: () => authenticate('', { deviceId: 'x509', credential }),
  };

  beforeEach(async () => {
    const authentication = {
      type: 'selfSigned',
      primaryThumbprint: thumbprintsOf(certificate.der).sha1,
      secondaryThumbprint: undefined,
    } as const;
    await register({ deviceId: 'x509', authentication });
  });

  async function refusedOf(): Promise<string[]> {
    const outcomes = await Promise.allSettled(Object.values(ways).map((connect) => connect()));
    return Object.keys(ways).filter((_, index) => outcomes[index]?.status === 'rejected');
  }

  test.each<[string, Partial<AccessSettings>, readonly string[]]>([
    ['nothing', {}, []],
    [
      'security-limits 14: disableLocalAuth, tokens of policies',
      { disableLocalAuth: true },
      ['device by policy', 'module by policy'],
    ],
    ["disableDeviceSAS, devices' own tokens", { disableDeviceSas: true }, ['device']],
    ["disableModuleSAS, modules' own tokens", { disableModuleSas: true }, ['module']],
  ])('%s', async (_what, settings, refused) => {
    set(settings);
    expect(await refusedOf()).toEqual(refused);
  });

  test('is refused as any other token is', async () => {
    set({ disableLocalAuth: true, disableDeviceSas: true });
    await expect(authenticate(v1)).rejects.toMatchObject(unauthorized('own'));
    await expect(authenticate(v5)).rejects.toMatchObject(unauthorized('policy'));
  });

  test('who comes by a lower version of TLS than the hub asks for', async () => {
    set({ minTlsVersion: '1.3' });
    expect(await refusedOf()).toEqual([]);
    const client = { address: '192.0.2.1', tlsVersion: '1.2' } as const;
    const refused = unauthorized('comes by TLS 1.2');
    await expect(authenticate(v1, { client })).rejects.toMatchObject(refused);
    await expect(authenticate(v5, { client })).rejects.toMatchObject(refused);
    await expect(authenticate('', { client, deviceId: 'x509', credential })).rejects.toMatchObject(
      refused,
    );
  });

  test('security-limits 22: who comes from an address that the IP filter rejects', async () => {
    const everybodyElse = { filterName: 'others', action: 'Reject', ipMask: '0.0.0.0/0' } as const;
    set({ ipFilterRules: [everybodyElse] });
    expect(await refusedOf()).toEqual(Object.keys(ways));
    // Before all else: whoever is kept out is told nothing of devices.
    await expect(authenticate(v1, { deviceId: 'nobody' })).rejects.toMatchObject(
      unauthorized('address'),
    );

    const here = { filterName: 'here', action: 'Accept', ipMask: '192.0.2.0/24' } as const;
    set({ ipFilterRules: [here, everybodyElse] });
    expect(await refusedOf()).toEqual([]);
    const from = (address: string) => ({ client: { address, tlsVersion: '1.3' } as const });
    const elsewhere = from('198.51.100.1');
    await expect(authenticate(v1, elsewhere)).rejects.toMatchObject(unauthorized('address'));
    expect(await authenticate(v1, from('::ffff:192.0.2.9'))).toBeDefined();
  });
});

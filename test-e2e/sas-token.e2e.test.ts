/** device-mqtt.md, conformance lines on tokens: what they are for, and by which key. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { accepted, refused } from './support/connack.js';
import { policyKeys } from './support/administration.js';
import { answerTo, eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import {
  createDevice,
  createModule,
  tokenOf,
  withToken,
  type TestIdentity,
} from './support/registry.js';

let device: TestIdentity;
let reader: KafkaReader;

beforeAll(async () => {
  device = await createDevice();
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

describe('device-mqtt 16: the audience as each SDK spells it', () => {
  let odd: TestIdentity;
  let module: TestIdentity;
  beforeAll(async () => {
    odd = await createDevice(`d:1@${device.deviceId}`);
    module = await createModule(odd.deviceId, 'mod1');
  });

  test.each([
    ['V1, V8: Node, Python', '{h}%2Fdevices%2F{d}'],
    ['V2: C', '{h}%2fdevices%2f{d}'],
    ['V3, V10: Java', '{h}/devices/{d}'],
    ['V9: C#', '{h}%2Fdevices%2F{dd}'],
    ['V7: CLI', '{h}%2Fdevices%2F{d}%2Fapi-version%3D2016-11-14'],
  ])('%s', async (_sdk, spelling) => {
    const encoded = encodeURIComponent(odd.deviceId);
    const audience = spelling
      .replace('{h}', hub.host)
      .replace('{dd}', encodeURIComponent(encoded))
      .replace('{d}', encoded);
    await connects(odd, signed(audience, odd.primaryKey));
  });

  test('V4: a module', async () => {
    const resource = `${hub.host}/devices/${odd.deviceId}/modules/mod1`;
    await connects(module, signed(encodeURIComponent(resource), module.primaryKey));
  });

  test('V5, V6: a policy, for all devices or for one', async () => {
    const key = (await policyKeys()).get('device')!;
    const one = encodeURIComponent(`${hub.host}/devices/${odd.deviceId}`);
    await connects(odd, `${signed(hub.host, key)}&skn=device`);
    await connects(odd, `${signed(one, key)}&skn=device`);
  });

  test('the secondary key, and fields in another order', async () => {
    const [, fields = ''] = signed(
      encodeURIComponent(`${hub.host}/devices/${odd.deviceId}`),
      odd.secondaryKey,
    ).split(' ');
    await connects(odd, `sharedaccesssignature ${fields.split('&').reverse().join('&')}&x=y`);
  });

  async function connects(identity: TestIdentity, token: string): Promise<void> {
    const client = await open(identity, withToken(identity, token));
    expect(client.hex).toBe(accepted);
    await client.disconnect();
  }
});

describe('device-mqtt 16: refused', () => {
  let audience: string;
  beforeAll(() => {
    audience = encodeURIComponent(`${hub.host}/devices/${device.deviceId}`);
  });

  test('the signature of another spelling', async () => {
    const token = signed(audience, device.primaryKey);
    const respelled = token.replace(audience, audience.replaceAll('%2F', '%2f'));
    expect(await answerTo(withToken(device, respelled))).toBe(refused);
  });

  test.each(['dev10', 'Dev1'])('a token for dev1 from %s', async (id) => {
    const short = `dev1-${device.deviceId}`;
    const other = await createDevice(id === 'dev10' ? `${short}0` : short.replace('d', 'D'));
    // Signed by its own key, so that nothing but the audience is wrong.
    const token = signed(encodeURIComponent(`${hub.host}/devices/${short}`), other.primaryKey);
    expect(await answerTo(withToken(other, token))).toBe(refused);
  });

  test("a policy's token without skn, and with another policy's", async () => {
    const key = (await policyKeys()).get('device')!;
    expect(await answerTo(withToken(device, signed(hub.host, key)))).toBe(refused);
    const named = `${signed(audience, key)}&skn=service`;
    expect(await answerTo(withToken(device, named))).toBe(refused);
  });

  test("a module's token for its device, and the device's for its module", async () => {
    const module = await createModule(device.deviceId);
    const resource = encodeURIComponent(`${hub.host}/devices/${device.deviceId}/modules/m1`);
    for (const key of [module.primaryKey, device.primaryKey]) {
      expect(await answerTo(withToken(device, signed(resource, key)))).toBe(refused);
    }
    expect(await answerTo(withToken(module, tokenOf(device)))).toBe(refused);
  });

  test('a changed se', async () => {
    const token = signed(audience, device.primaryKey);
    const [, se = ''] = /se=(\d+)/.exec(token) ?? [];
    for (const other of [Number(se) + 1, Number(se) - 1, `${se}.0`]) {
      const changed = token.replace(`se=${se}`, `se=${other}`);
      expect(await answerTo(withToken(device, changed))).toBe(refused);
    }
  });
});

describe('device-mqtt 17: a policy needs DeviceConnect', () => {
  async function tokenBy(policy: string): Promise<string> {
    const key = (await policyKeys()).get(policy)!;
    const expiresAt = new Date(Date.now() + 600_000);
    return createSasToken({ audience: hub.host, key, policy, expiresAt });
  }

  test.each(['service', 'registryRead', 'registryReadWrite'])('%s lacks it', async (policy) => {
    expect(await answerTo(withToken(device, await tokenBy(policy)))).toBe(refused);
  });

  test.each(['device', 'iothubowner'])(
    'by %s any device connects, in scope hub',
    async (policy) => {
      const token = await tokenBy(policy);
      for (const any of [await createDevice(), await createDevice()]) {
        const client = await open(any, withToken(any, token));
        await client.publish(eventsTopic(any), 'by policy', 1);
        const [stored] = await reader.waitFor(any.deviceId, 1);
        expect(stored?.headers['iothub-connection-auth-method']).toBe(
          '{"scope":"hub","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
        );
        await client.disconnect();
      }
    },
  );

  test('a device that is unknown or disabled does not', async () => {
    const disabled = await createDevice(undefined, { status: 'disabled' });
    const token = await tokenBy('device');
    for (const identity of [disabled, { ...device, deviceId: 'nobody' }]) {
      expect(await answerTo(withToken(identity, token))).toBe(refused);
    }
  });
});

describe('security-limits 12: what the audience of a policy token covers', () => {
  let key: string;
  let other: TestIdentity;
  beforeAll(async () => {
    key = (await policyKeys()).get('device')!;
    other = await createDevice();
  });

  function tokenFor(resource: string): string {
    return `${signed(encodeURIComponent(resource), key)}&skn=device`;
  }

  test('one device', async () => {
    const token = tokenFor(`${hub.host}/devices/${device.deviceId}`);
    await (await open(device, withToken(device, token))).disconnect();
    expect(await answerTo(withToken(other, token))).toBe(refused);
  });

  test('one device, and not another whose id is its own with the escapes decoded', async () => {
    const decoded = await createDevice(`A${device.deviceId}`);
    const escaped = await createDevice(`%41${device.deviceId}`);
    const token = tokenFor(`${hub.host}/devices/${escaped.deviceId}`);
    await (await open(escaped, withToken(escaped, token))).disconnect();
    expect(await answerTo(withToken(decoded, token))).toBe(refused);
  });

  test('all devices', async () => {
    const token = tokenFor(`${hub.host}/devices`);
    await (await open(device, withToken(device, token))).disconnect();
    await (await open(other, withToken(other, token))).disconnect();
  });
});

/** createSasToken encodes the audience; here its spelling is the point. */
function signed(audience: string, key: string): string {
  const expiry = Math.floor(Date.now() / 1_000) + 600;
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(`${audience}\n${expiry}`)
    .digest('base64');
  return `SharedAccessSignature sr=${audience}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
}

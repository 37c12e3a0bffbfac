/** device-mqtt.md, conformance lines on credentials: who is let in, who is not, and until when. */
import { createHmac, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { createTestCertificate } from '@linchpin/testing';
import { policyKeys } from './support/administration.js';
import { connectWith, eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { MqttClient } from './support/mqtt-client.js';
import {
  connectFields,
  createDevice,
  deleteDevice,
  tokenOf,
  updateDevice,
  type TestIdentity,
} from './support/registry.js';

let device: TestIdentity;
let reader: KafkaReader;
let folder: string;

beforeAll(async () => {
  device = await createDevice();
  reader = await KafkaReader.from();
  folder = mkdtempSync(join(tmpdir(), 'linchpin-'));
});

afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

test('device-mqtt 2: an unknown self-signed certificate passes the handshake and gets CONNACK 5', async () => {
  const files = createTestCertificate(folder, 'unknown', 'ec');
  const client = await MqttClient.open({
    tls: { cert: readFileSync(files.certificate), key: readFileSync(files.key) },
  });
  const { clientId, username } = connectFields(device);
  expect(await client.connect({ clientId, username: username! })).toBe(5);
  await client.closed;
});

describe('device-mqtt 7: refused with CONNACK 5 and closed', () => {
  test.each([
    ['an unknown device', () => ({ deviceId: 'nobody' })],
    ['a bad signature', () => ({ primaryKey: Buffer.alloc(32, 7).toString('base64') })],
  ])('%s', async (_name, change) => {
    const claimed = { ...device, ...change() };
    const client = await MqttClient.open();
    client.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
      ...connectFields(claimed),
    });
    const connack = await client.expect('connack');
    expect(connack).toMatchObject({ returnCode: 5, sessionPresent: false });
    await client.closed;
  });

  test('a disabled device', async () => {
    const disabled = await createDevice();
    await updateDevice(disabled.deviceId, { status: 'disabled' });
    expect(await connectWith(connectFields(disabled))).toBe(5);
  });

  test('an expired token', async () => {
    const password = Buffer.from(tokenOf(device, new Date(Date.now() - 3_600_000)));
    expect(await connectWith({ ...connectFields(device), password })).toBe(5);
  });

  test("another device's token", async () => {
    const other = await createDevice();
    const password = Buffer.from(tokenOf(other));
    expect(await connectWith({ ...connectFields(device), password })).toBe(5);
  });

  test.each([
    ['no password', undefined],
    ['text that is no token', 'letmein'],
    ['an empty token', 'SharedAccessSignature '],
  ])('%s', async (_name, password) => {
    const { clientId, username } = connectFields(device);
    const fields = { clientId, username: username! };
    expect(
      await connectWith(
        password === undefined ? fields : { ...fields, password: Buffer.from(password) },
      ),
    ).toBe(5);
  });
});

/** For identities that have none. */
const anyKey = Buffer.alloc(32, 1).toString('base64');

describe('X.509', () => {
  async function createX509Device(): Promise<{
    readonly identity: TestIdentity;
    readonly tls: { readonly cert: Buffer; readonly key: Buffer };
  }> {
    const files = createTestCertificate(folder, `x509-${Date.now()}`, 'ec');
    const cert = readFileSync(files.certificate);
    const primaryThumbprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '');
    const identity = await createDevice(undefined, {
      authentication: { type: 'selfSigned', x509Thumbprint: { primaryThumbprint } },
    });
    return { identity, tls: { cert, key: readFileSync(files.key) } };
  }

  test.each([
    ['no password field', {}],
    ['an empty password', { password: Buffer.alloc(0) }],
  ])('device-mqtt 8: an X.509 device connects with %s', async (_name, password) => {
    const { identity, tls } = await createX509Device();
    const { clientId, username } = connectFields({ ...identity, primaryKey: anyKey });
    const client = await MqttClient.open({ tls });
    expect(await client.connect({ clientId, username: username!, ...password })).toBe(0);
    await client.disconnect();
  });

  test('device-mqtt 9: SAS for an X.509 device and a certificate for a SAS device are refused', async () => {
    const { identity, tls } = await createX509Device();
    expect(await connectWith(connectFields({ ...identity, primaryKey: anyKey }))).toBe(5);

    const client = await MqttClient.open({ tls });
    const { clientId, username } = connectFields(device);
    expect(await client.connect({ clientId, username: username! })).toBe(5);
  });
});

describe('device-mqtt 16: the audience as each SDK spells it', () => {
  let odd: TestIdentity;
  beforeAll(async () => {
    odd = await createDevice(`d:1@${device.deviceId}`);
  });

  test.each([
    ['Node, Python', '{h}%2Fdevices%2F{d}'],
    ['C', '{h}%2fdevices%2f{d}'],
    ['Java', '{h}/devices/{d}'],
    ['C#', '{h}%2Fdevices%2F{dd}'],
    ['CLI', '{h}%2Fdevices%2F{d}%2Fapi-version%3D2016-11-14'],
  ])('%s', async (_sdk, spelling) => {
    const encoded = encodeURIComponent(odd.deviceId);
    const audience = spelling
      .replace('{h}', hub.host)
      .replace('{dd}', encodeURIComponent(encoded))
      .replace('{d}', encoded);
    const password = Buffer.from(signed(audience, odd.primaryKey));
    expect(await connectWith({ ...connectFields(odd), password })).toBe(0);
  });

  test('a token for dev1 is none for dev10', async () => {
    const short = await createDevice();
    const long = await createDevice(`${short.deviceId}0`);
    const password = Buffer.from(
      signed(`${hub.host}%2Fdevices%2F${short.deviceId}`, long.primaryKey),
    );
    expect(await connectWith({ ...connectFields(long), password })).toBe(5);
  });
});

test('device-mqtt 17: a policy without DeviceConnect is refused; with it any device connects, in scope hub', async () => {
  const keys = await policyKeys();
  const expiresAt = new Date(Date.now() + 600_000);
  const tokenBy = (policy: string): Buffer =>
    Buffer.from(
      createSasToken({ audience: hub.host, key: keys.get(policy) ?? '', policy, expiresAt }),
    );
  const fields = connectFields(device);

  expect(await connectWith({ ...fields, password: tokenBy('service') })).toBe(5);
  const client = await MqttClient.open();
  expect(await client.connect({ ...fields, password: tokenBy('device') })).toBe(0);
  await client.publish(eventsTopic(device), 'by policy', 1);
  const [stored] = await reader.waitFor(device.deviceId, 1);
  expect(stored?.headers['iothub-connection-auth-method']).toBe(
    '{"scope":"hub","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
  );
  await client.disconnect();
});

test('device-mqtt 18: the connection is cut five minutes after the token has ended, and a CONNECT counts as long', async () => {
  const expiring = await createDevice();
  const tokenEndedAgo = (seconds: number): Buffer =>
    Buffer.from(tokenOf(expiring, new Date(Date.now() - seconds * 1_000)));
  const client = await open(expiring, { password: tokenEndedAgo(290) });
  const began = Date.now();
  expect(
    await connectWith({
      ...connectFields(device),
      password: Buffer.from(tokenOf(device, new Date(Date.now() - 299_000))),
    }),
  ).toBe(0);
  expect(await connectWith({ ...connectFields(expiring), password: tokenEndedAgo(302) })).toBe(5);
  await client.closed;

  expect(Date.now() - began).toBeGreaterThan(5_000);
  expect(Date.now() - began).toBeLessThan(15_000);
});

describe('device-mqtt 19: a connected device is cut off within a second, and refused from then on', () => {
  test.each([
    ['disabled', (id: string) => updateDevice(id, { status: 'disabled' })],
    ['deleted', (id: string) => deleteDevice(id)],
  ])('%s', async (_name, revoke) => {
    const revoked = await createDevice();
    const bystander = await createDevice();
    const client = await open(revoked);
    const other = await open(bystander);
    await revoke(revoked.deviceId);
    const began = Date.now();
    await client.closed;

    expect(Date.now() - began).toBeLessThan(1_000);
    expect(await connectWith(connectFields(revoked))).toBe(5);
    expect(other.isClosed).toBe(false);
    await other.disconnect();
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

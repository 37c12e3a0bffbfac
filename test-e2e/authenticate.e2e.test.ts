/** device-mqtt.md, conformance lines on credentials: who is let in, who is not, and until when. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { accepted, refused } from './support/connack.js';
import { createClientCertificate } from './support/client-certificate.js';
import { answerTo, eventsTopic, open, openWith } from './support/device-client.js';
import { hub } from './support/hub.js';
import {
  connectFields,
  createDevice,
  createModule,
  createX509Device,
  deleteDevice,
  tokenOf,
  updateDevice,
  withoutPassword,
  withToken,
  type TestIdentity,
} from './support/registry.js';

/** No identity's. */
const anyKey = Buffer.alloc(32, 1).toString('base64');

let device: TestIdentity;

beforeAll(async () => {
  device = await createDevice();
});

describe('device-mqtt 2: an unknown self-signed certificate passes the handshake and gets CONNACK 5', () => {
  test('of a device with keys', async () => {
    const { tls } = createClientCertificate();
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
  });

  test('of a device with another thumbprint', async () => {
    const identity = await createX509Device({
      primaryThumbprint: createClientCertificate().sha256,
    });
    const { tls } = createClientCertificate();
    expect(await answerTo(withoutPassword(identity), { tls })).toBe(refused);
  });
});

describe('device-mqtt 7: CONNACK 5, then closed', () => {
  test('an unknown device', async () => {
    expect(await answerTo(connectFields({ ...device, deviceId: 'nobody' }))).toBe(refused);
  });

  test('an unknown module', async () => {
    expect(await answerTo(connectFields({ ...device, moduleId: 'nobody' }))).toBe(refused);
  });

  test('a disabled device, and its module', async () => {
    const disabled = await createDevice();
    const module = await createModule(disabled.deviceId);
    await updateDevice(disabled.deviceId, { status: 'disabled' });
    expect(await answerTo(connectFields(disabled))).toBe(refused);
    expect(await answerTo(connectFields(module))).toBe(refused);
  });

  test('a bad signature', async () => {
    expect(await answerTo(connectFields({ ...device, primaryKey: anyKey }))).toBe(refused);
  });

  test('an expired token', async () => {
    const token = tokenOf(device, new Date(Date.now() - 3_600_000));
    expect(await answerTo(withToken(device, token))).toBe(refused);
  });

  test('a ClientId and a username of different identities', async () => {
    const { deviceId } = await createDevice();
    expect(await answerTo({ ...connectFields(device), clientId: deviceId })).toBe(refused);
  });

  test("another device's token", async () => {
    const other = await createDevice();
    expect(await answerTo(withToken(device, tokenOf(other)))).toBe(refused);
  });

  test('whoever has a session is not told of it', async () => {
    const known = await createDevice();
    await (await open(known, { clean: false })).disconnect();
    const wrong = connectFields({ ...known, primaryKey: anyKey });
    expect(await answerTo({ ...wrong, clean: false })).toBe(refused);
  });

  test('no password', async () => {
    expect(await answerTo(withoutPassword(device))).toBe(refused);
  });

  test.each(['letmein', 'SharedAccessSignature ', 'SharedAccessSignature sr=a&sig=b&se=soon'])(
    'the password %j',
    async (password) => {
      expect(await answerTo(withToken(device, password))).toBe(refused);
    },
  );
});

describe('device-mqtt 8: an X.509 device connects', () => {
  test.each([
    ['no password field', {}],
    ['an empty password', { password: Buffer.alloc(0) }],
  ])('with %s', async (_name, password) => {
    const { tls, sha256 } = createClientCertificate();
    const identity = await createX509Device({ primaryThumbprint: sha256 });
    const fields = { ...withoutPassword(identity), ...password };
    const client = await openWith(fields, { tls });
    expect(client.hex).toBe(accepted);
    await client.disconnect();
  });

  test('with the Node SDK', async () => {
    const { tls, sha256 } = createClientCertificate();
    const { deviceId } = await createX509Device({ primaryThumbprint: sha256 });
    const client = Client.fromConnectionString(
      `HostName=${hub.host};DeviceId=${deviceId};x509=true`,
      Mqtt,
    );
    await client.setOptions({ ...tls });
    await client.open();
    await client.sendEvent(new Message('by certificate'));
    await client.close();
  });

  test('security-limits 16: by SHA-1 and by SHA-256, primary and secondary', async () => {
    const [first, second] = [createClientCertificate(), createClientCertificate()];
    const identity = await createX509Device({
      primaryThumbprint: first.sha1,
      secondaryThumbprint: second.sha256,
    });
    for (const { tls } of [first, second]) {
      const client = await openWith(withoutPassword(identity), { tls });
      await client.disconnect();
    }
  });
});

describe('device-mqtt 9: the credential must be of the registered type', () => {
  test.each(['selfSigned', 'certificateAuthority'])('SAS for a device of type %s', async (type) => {
    const identity = await createDevice(undefined, {
      authentication: {
        type,
        ...(type === 'selfSigned' && { x509Thumbprint: { primaryThumbprint: 'AB'.repeat(20) } }),
      },
    });
    expect(await answerTo(connectFields({ ...identity, primaryKey: anyKey }))).toBe(refused);
  });

  test('a certificate for a device with keys, though it is that of another device', async () => {
    const { tls, sha256 } = createClientCertificate();
    await createX509Device({ primaryThumbprint: sha256 });
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
  });

  test('beside a certificate the password decides', async () => {
    const { tls, sha256 } = createClientCertificate();
    const identity = await createX509Device({ primaryThumbprint: sha256 });
    const fields = connectFields({ ...identity, primaryKey: anyKey });
    expect(await answerTo(fields, { tls })).toBe(refused);
    await (await open(device, {}, { tls })).disconnect();
  });
});

describe('device-mqtt 18: five minutes after se', () => {
  /** When `se` is, a whole second. */
  function endedAgo(seconds: number): Date {
    return new Date(Math.ceil(Date.now() / 1_000 - seconds) * 1_000);
  }

  test('the connection is closed, and the token is refused from then on', async () => {
    const expiring = await createDevice();
    const se = endedAgo(292);
    const fields = withToken(expiring, tokenOf(expiring, se));
    const client = await open(expiring, fields);
    await client.closed;

    const lateMs = Date.now() - (se.getTime() + 300_000);
    expect(lateMs).toBeGreaterThanOrEqual(-100);
    expect(lateMs).toBeLessThan(5_000);
    expect(client.hex).toBe(accepted);
    expect(await answerTo(fields)).toBe(refused);
  });

  test('a CONNECT with se = now − 299 s passes, with se = now − 301 s fails', async () => {
    const passing = withToken(device, tokenOf(device, endedAgo(299)));
    const client = await open(device, passing);
    expect(client.hex).toBe(accepted);
    await client.disconnect();

    const other = await createDevice();
    const failing = withToken(other, tokenOf(other, new Date(Date.now() - 301_000)));
    expect(await answerTo(failing)).toBe(refused);
  });
});

describe('device-mqtt 19: a connected device is cut off within seconds, and refused from then on', () => {
  const changes = [
    ['disabled', (id: string) => updateDevice(id, { status: 'disabled' })],
    ['deleted', (id: string) => deleteDevice(id)],
  ] as const;

  test.each(
    (['gateway-1', 'gateway-2'] as const).flatMap((gateway) =>
      changes.map(([name, revoke]) => [name, gateway, revoke] as const),
    ),
  )('%s, on %s', async (_name, gateway, revoke) => {
    const revoked = await createDevice();
    const module = await createModule(revoked.deviceId);
    const bystander = await createDevice();
    const [client, moduleClient, other] = [
      await open(revoked, {}, { gateway }),
      await open(module),
      await open(bystander, {}, { gateway }),
    ];
    await revoke(revoked.deviceId);
    const began = performance.now();
    await Promise.all([client.closed, moduleClient.closed]);

    expect(performance.now() - began).toBeLessThan(3_000);
    expect(client.hex).toBe(accepted);
    expect(await answerTo(connectFields(revoked))).toBe(refused);
    expect(await answerTo(connectFields(module))).toBe(refused);
    await other.publish(eventsTopic(bystander), 'untouched', 1);
    await other.disconnect();
  });
});

describe('security-limits 37: a key that is replaced', () => {
  const newKey = Buffer.alloc(32, 5).toString('base64');
  const replacePrimary = ({ deviceId, secondaryKey }: TestIdentity): Promise<void> =>
    updateDevice(deviceId, {
      authentication: { type: 'sas', symmetricKey: { primaryKey: newKey, secondaryKey } },
    });

  test('ends the connection that it opened; its tokens are refused, those of the new one count', async () => {
    const rotated = await createDevice();
    const client = await open(rotated);
    await replacePrimary(rotated);
    await client.closed;

    expect(await answerTo(connectFields(rotated))).toBe(refused);
    const again = await open({ ...rotated, primaryKey: newKey });
    await again.disconnect();
  });

  test('leaves alone a connection that the other key opened', async () => {
    const rotated = await createDevice();
    const client = await open({ ...rotated, primaryKey: rotated.secondaryKey });
    const witness = await createDevice();
    const witnessClient = await open(witness);
    await replacePrimary(rotated);
    // Changes are heard of in their order.
    await updateDevice(witness.deviceId, { status: 'disabled' });
    await witnessClient.closed;

    await client.publish(eventsTopic(rotated), 'untouched', 1);
    await client.disconnect();
  });
});

test('security-limits 21: a device with keys shows no certificate, and the handshake passes', async () => {
  const client = await open(device);
  expect(client.socket.authorized).toBe(true);
  expect(client.socket.getCertificate()).toEqual({});
  await client.disconnect();
});

/** X.509 of every kind, with unmodified SDKs (security-limits.md sections 4 and 7, device-mqtt.md section 2.5). */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CertificateDescription } from '@azure/arm-iothub';
import { issueCertificate, type IssuedCertificate, type IssueOptions } from '@linchpin/testing';
import { NoRetry } from 'azure-iot-common';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { createHub } from './support/administration.js';
import { arm, resourceGroup } from './support/arm-client.js';
import { createClientCertificate, tlsOf, type ClientTls } from './support/client-certificate.js';
import { accepted, refused } from './support/connack.js';
import { answerTo, eventsTopic, openWith } from './support/device-client.js';
import { hub } from './support/hub.js';
import type { MqttClient } from './support/mqtt-client.js';
import { printFigures } from './support/print-figures.js';
import { gatewayNames } from './support/processes.js';
import {
  createDevice,
  createModule,
  createX509Device,
  updateDevice,
  withoutPassword,
  type TestIdentity,
} from './support/registry.js';

const { certificates } = arm;
const hubName = 'local';
const uploaded: string[] = [];

const root = authority();
const intermediate = authority(root);

beforeAll(async () => {
  await upload(root, { isVerified: true });
});

afterAll(async () => {
  for (const name of uploaded) {
    await certificates.delete(resourceGroup, hubName, name, '*');
  }
});

function authority(issuer?: IssuedCertificate): IssuedCertificate {
  const subject = `CA ${randomUUID()}`;
  return issueCertificate({ subject, authority: true, ...(issuer && { issuer }) });
}

const base64 = ({ der }: IssuedCertificate): string => der.toString('base64');

async function upload(
  issued: IssuedCertificate,
  { isVerified = false, name = `ca-${randomUUID()}` } = {},
): Promise<CertificateDescription & { readonly name: string; readonly etag: string }> {
  const properties = { certificate: base64(issued), isVerified };
  uploaded.push(name);
  const { etag = '', ...stored } = await certificates.createOrUpdate(resourceGroup, hubName, name, {
    properties,
  });
  return { ...stored, name, etag };
}

async function remove(name: string): Promise<void> {
  uploaded.splice(uploaded.indexOf(name), 1);
  await certificates.delete(resourceGroup, hubName, name, '*');
}

const createCaDevice = (): Promise<TestIdentity> =>
  createDevice(undefined, { authentication: { type: 'certificateAuthority' } });

function leafOf(
  { deviceId, moduleId }: TestIdentity,
  issuer: IssuedCertificate,
  options: Partial<IssueOptions> = {},
): IssuedCertificate {
  const subject = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  return issueCertificate({ subject, issuer, ...options });
}

/** Connects with the Node SDK, sends, and closes; throws when it is refused. */
async function sendBySdk({ deviceId }: TestIdentity, tls: ClientTls): Promise<void> {
  const client = Client.fromConnectionString(
    `HostName=${hub.host};DeviceId=${deviceId};x509=true`,
    Mqtt,
  );
  client.setRetryPolicy(new NoRetry());
  await client.setOptions({ ...tls });
  try {
    await client.open();
    await client.sendEvent(new Message('by certificate'));
  } finally {
    await client.close();
  }
}

describe('security-limits 16: a thumbprint connects the Node SDK', () => {
  const own = createClientCertificate();
  const none = 'AB'.repeat(20);

  test.each([
    ['primary, SHA-1', { primaryThumbprint: own.sha1, secondaryThumbprint: none }],
    ['primary, SHA-256', { primaryThumbprint: own.sha256, secondaryThumbprint: none }],
    ['secondary, SHA-1', { primaryThumbprint: none, secondaryThumbprint: own.sha1 }],
    ['secondary, SHA-256', { primaryThumbprint: none, secondaryThumbprint: own.sha256 }],
  ])('%s', async (_, thumbprints) => {
    await sendBySdk(await createX509Device(thumbprints), own.tls);
  });

  test('but no other certificate', async () => {
    const device = await createX509Device({ primaryThumbprint: own.sha256 });
    await expect(sendBySdk(device, createClientCertificate().tls)).rejects.toBeInstanceOf(Error);
    expect(await answerTo(withoutPassword(device), { tls: createClientCertificate().tls })).toBe(
      refused,
    );
  });
});

describe('security-limits 17: a device whose authority is verified connects with the Node SDK', () => {
  test('issued by the authority itself', async () => {
    const device = await createCaDevice();
    await sendBySdk(device, tlsOf(leafOf(device, root)));
  });

  test('by way of an intermediate that the device sends', async () => {
    const device = await createCaDevice();
    const leaf = leafOf(device, intermediate);
    await sendBySdk(device, tlsOf(leaf, intermediate));
    expect(await answerTo(withoutPassword(device), { tls: tlsOf(leaf) })).toBe(refused);
  });

  test('by way of an intermediate that the hub knows', async () => {
    const device = await createCaDevice();
    const lower = authority(intermediate);
    await upload(lower, { isVerified: true });
    await sendBySdk(device, tlsOf(leafOf(device, lower)));
  });

  test('a module, by both names', async () => {
    const device = await createCaDevice();
    const fields = { authentication: { type: 'certificateAuthority' } };
    const module = await createModule(device.deviceId, 'm1', fields);
    // Node's ModuleClient knows no certificates: the packets are those of its device client.
    const client = await openWith(withoutPassword(module), { tls: tlsOf(leafOf(module, root)) });
    expect(client.hex).toBe(accepted);
    await client.publish(eventsTopic(module), 'by certificate', 1);
    await client.disconnect();
    const ofDevice = tlsOf(leafOf(device, root));
    expect(await answerTo(withoutPassword(module), { tls: ofDevice })).toBe(refused);
  });
});

describe('security-limits 17: refused', () => {
  const hourMs = 3_600_000;
  const past = new Date(Date.now() - hourMs);
  const future = new Date(Date.now() + hourMs);

  test.each<[string, Partial<IssueOptions>]>([
    ['another common name', { subject: 'somebody-else' }],
    ['an expired certificate', { notBefore: new Date(0), notAfter: past }],
    ['a certificate of tomorrow', { notBefore: future }],
    ['a certificate for servers', { purposes: ['1.3.6.1.5.5.7.3.1'] }],
  ])('%s', async (_, options) => {
    const device = await createCaDevice();
    const tls = tlsOf(leafOf(device, root, options));
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
    await expect(sendBySdk(device, tls)).rejects.toBeInstanceOf(Error);
  });

  test('an authority that nobody uploaded, and one of the same name', async () => {
    const device = await createCaDevice();
    const impostor = issueCertificate({ subject: root.subject, authority: true });
    for (const foreign of [authority(), impostor]) {
      const tls = tlsOf(leafOf(device, foreign), foreign);
      expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
    }
  });

  test('an authority that has proven nothing', async () => {
    const device = await createCaDevice();
    const unverified = authority();
    await upload(unverified);
    const tls = tlsOf(leafOf(device, unverified), unverified);
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
  });

  test('an authority of another hub', async () => {
    const name = `x509-${randomUUID().slice(0, 8)}`;
    await createHub(name, `${name}.example`);
    const theirs = authority();
    const properties = { certificate: base64(theirs), isVerified: true };
    await certificates.createOrUpdate(resourceGroup, name, 'theirs', { properties });
    const device = await createCaDevice();
    const tls = tlsOf(leafOf(device, theirs), theirs);
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
  });
});

describe('security-limits 18: proof of possession with the SDK of Azure’s resource API', () => {
  const badRequest = { statusCode: 400, code: 'ArgumentInvalid' };
  const preconditionFailed = { statusCode: 412, code: 'PreconditionFailed' };

  test('from the upload to a device that connects', async () => {
    const mine = authority();
    const device = await createCaDevice();
    const tls = tlsOf(leafOf(device, mine));
    const { name, etag, ...stored } = await upload(mine);
    expect(stored.properties).toMatchObject({ isVerified: false, expiry: mine.validTo });
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);

    const older = await certificates.generateVerificationCode(resourceGroup, hubName, name, etag);
    const newer = await certificates.generateVerificationCode(
      resourceGroup,
      hubName,
      name,
      older.etag ?? '',
    );
    const code = newer.properties?.verificationCode ?? '';
    expect(code).toMatch(/^[0-9A-F]{40}$/);
    const verify = (subject: string, ifMatch: string | undefined, issuer = mine) =>
      certificates.verify(resourceGroup, hubName, name, ifMatch ?? '', {
        certificate: base64(issueCertificate({ subject, issuer })),
      });

    await expect(verify(code, older.etag)).rejects.toMatchObject(preconditionFailed);
    await expect(verify(code, newer.etag, root)).rejects.toMatchObject(badRequest);
    await expect(verify('another', newer.etag)).rejects.toMatchObject(badRequest);
    await expect(
      verify(older.properties?.verificationCode ?? '', newer.etag),
    ).rejects.toMatchObject(badRequest);

    const verified = await verify(code, newer.etag);
    expect(verified.properties).toMatchObject({ isVerified: true });
    await sendBySdk(device, tls);
    expect(await certificates.get(resourceGroup, hubName, name)).toEqual(verified);
    const { value } = await certificates.listByIotHub(resourceGroup, hubName);
    expect(value).toContainEqual(verified);
  });

  test('what is changed must be named by its tag', async () => {
    const { name, etag } = await upload(authority());
    await expect(
      certificates.delete(resourceGroup, hubName, name, 'd3Jvbmc='),
    ).rejects.toMatchObject(preconditionFailed);
    await certificates.delete(resourceGroup, hubName, name, etag);
    await expect(certificates.get(resourceGroup, hubName, name)).rejects.toMatchObject({
      statusCode: 404,
      code: 'CertificateNotFound',
    });
  });
});

interface Connected {
  readonly device: TestIdentity;
  readonly client: MqttClient;
}

/** Of an authority: a device on each gateway. */
async function connectOnEach(issuer: IssuedCertificate): Promise<Connected[]> {
  return Promise.all(
    gatewayNames.map(async (gateway) => {
      const device = await createCaDevice();
      const tls = tlsOf(leafOf(device, issuer));
      return { device, client: await openWith(withoutPassword(device), { tls, gateway }) };
    }),
  );
}

async function expectCut(connected: readonly Connected[]): Promise<void> {
  await Promise.all(connected.map(({ client }) => client.closed));
}

async function expectUntouched(connected: readonly Connected[]): Promise<void> {
  for (const { device, client } of connected) {
    await client.publish(eventsTopic(device), 'untouched', 1);
  }
}

describe('when an authority vouches no more', () => {
  const endings: [string, (name: string, issued: IssuedCertificate) => Promise<unknown>][] = [
    ['removed', (name) => remove(name)],
    ['security-limits 19: replaced by itself', (name, issued) => upload(issued, { name })],
    ['replaced by another', (name) => upload(authority(), { name, isVerified: true })],
  ];

  test.each(endings)('%s: its connections are cut, the others stay', async (what, end) => {
    const mine = authority();
    const { name } = await upload(mine, { isVerified: true });
    const others = await connectOnEach(root);
    const cut = await connectOnEach(mine);
    const device = await createCaDevice();
    const tls = tlsOf(leafOf(device, mine));

    const beganMs = performance.now();
    await end(name, mine);
    await expectCut(cut);
    const tookMs = performance.now() - beganMs;

    printFigures(`a CA certificate ${what}`, { 'ms from the request until both are cut': tookMs });
    expect(tookMs).toBeLessThan(3_000);
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
    await expectUntouched(others);
  });

  test('one that is known by two names cuts nobody until both are gone', async () => {
    const mine = authority();
    const first = await upload(mine, { isVerified: true });
    const second = await upload(mine, { isVerified: true });
    const clients = await connectOnEach(mine);
    await remove(first.name);
    // Changes are heard of in their order: this one is the witness.
    const witnessed = authority();
    const { name } = await upload(witnessed, { isVerified: true });
    const witnesses = await connectOnEach(witnessed);
    await remove(name);
    await expectCut(witnesses);

    await expectUntouched(clients);
    await remove(second.name);
    await expectCut(clients);
  });

  test('a device that is no longer proven by an authority is cut', async () => {
    const device = await createCaDevice();
    const tls = tlsOf(leafOf(device, root));
    const client = await openWith(withoutPassword(device), { tls });
    await updateDevice(device.deviceId, { authentication: { type: 'sas' } });
    await client.closed;
    expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
  });
});

test('security-limits 17: a connection ends when its certificate does', async () => {
  const device = await createCaDevice();
  const notAfter = new Date(Math.ceil(Date.now() / 1_000 + 3) * 1_000);
  const tls = tlsOf(leafOf(device, root, { notAfter }));
  const client = await openWith(withoutPassword(device), { tls });
  await client.closed;

  const lateMs = Date.now() - notAfter.getTime();
  expect(lateMs).toBeGreaterThanOrEqual(-100);
  expect(lateMs).toBeLessThan(5_000);
  expect(await answerTo(withoutPassword(device), { tls })).toBe(refused);
});

test('an SDK that is cut off learns of it', async () => {
  const mine = authority();
  const { name } = await upload(mine, { isVerified: true });
  const device = await createCaDevice();
  const client = Client.fromConnectionString(
    `HostName=${hub.host};DeviceId=${device.deviceId};x509=true`,
    Mqtt,
  );
  client.setRetryPolicy(new NoRetry());
  await client.setOptions({ ...tlsOf(leafOf(device, mine)) });
  await client.open();
  const ended = once(client, 'disconnect');
  await remove(name);
  await ended;
  await client.close();
});

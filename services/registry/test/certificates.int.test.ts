import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { thumbprintsOf } from '@linchpin/auth';
import {
  AuthenticationKind,
  AuthenticationScope,
  AuthenticationType,
  type Certificate,
} from '@linchpin/contracts';
import { issueCertificate, type IssuedCertificate } from '@linchpin/testing';
import { type ActiveHub, client, createHub, definition } from './support/requests.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

jest.setTimeout(30_000);

const root = issueCertificate({ subject: 'Root', authority: true });
const leaf = issueCertificate({ subject: 'd1', issuer: root });
const nobody = { code: 'IotHubUnauthorized' };

let deployment: TestDeployment;
let registry: TestRegistry;
let hub: ActiveHub;

beforeAll(async () => {
  deployment = await createTestDeployment();
  registry = await deployment.start();
});

afterAll(() => deployment.close());

beforeEach(async () => {
  hub = await createHub(registry);
  await register(hub);
});

const register = ({ name }: ActiveHub) =>
  registry.identities.createIdentity({
    hub: name,
    definition: definition({ authentication: { type: AuthenticationType.CERTIFICATE_AUTHORITY } }),
  });

async function put({ name: of }: ActiveHub, isVerified: boolean): Promise<Certificate> {
  const { certificate } = await registry.certificates.putCertificate({
    hub: of,
    name: 'root',
    certificate: root.certificate,
    isVerified,
  });
  return certificate ?? expectNever();
}

function expectNever(): never {
  throw new Error('the answer is empty');
}

const show = (at: ActiveHub, ...shown: Uint8Array[]) =>
  registry.identities.authenticateDevice({
    hostName: at.hostName,
    client,
    deviceId: 'd1',
    credential: { $case: 'certificates', value: { der: shown.map((each) => Buffer.from(each)) } },
  });

/** The hub's, from its upload to the tag that stands after the proof. */
async function prove(issuer: IssuedCertificate): Promise<Certificate> {
  const { certificates } = registry;
  const name = { hub: hub.name, name: 'root' };
  const { etag } = await put(hub, false);
  const generated = await certificates.generateVerificationCode({ ...name, ifMatch: etag });
  const proof = issueCertificate({ subject: generated.verificationCode, issuer });
  const { certificate } = await certificates.verifyCertificate({
    ...name,
    ifMatch: generated.certificate?.etag ?? '',
    verificationCertificate: proof.certificate,
  });
  return certificate ?? expectNever();
}

test('an authority that has proven itself vouches for devices until it is removed', async () => {
  await expect(show(hub, leaf.der)).rejects.toMatchObject(nobody);
  const { etag, ...verified } = await prove(root);
  expect(verified).toMatchObject({
    name: 'root',
    isVerified: true,
    subject: 'CN=Root',
    thumbprint: thumbprintsOf(root.der).sha1,
  });
  expect(Buffer.from(verified.der)).toEqual(root.der);

  expect(await show(hub, leaf.der)).toMatchObject({
    hub: hub.name,
    scope: AuthenticationScope.DEVICE,
    kind: AuthenticationKind.X509_CA,
    expiresAt: new Date(root.validTo),
    credentialIds: [`ca/${thumbprintsOf(root.der).sha256}`, 'certificate-authority'],
  });

  await registry.certificates.deleteCertificate({ hub: hub.name, name: 'root', ifMatch: etag });
  await expect(show(hub, leaf.der)).rejects.toMatchObject(nobody);
});

test('a verification code is long, random and upper-case', async () => {
  const { etag } = await put(hub, false);
  const request = { hub: hub.name, name: 'root', ifMatch: etag };
  const { certificate, verificationCode } =
    await registry.certificates.generateVerificationCode(request);
  expect(verificationCode).toMatch(/^[0-9A-F]{40}$/);
  expect(certificate?.etag).not.toBe(etag);
  await expect(registry.certificates.generateVerificationCode(request)).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
});

test('an authority of another hub vouches for nobody here, and nobody here touches it', async () => {
  const stranger = await createHub(registry);
  await register(stranger);
  const { etag } = await put(stranger, true);
  expect(await show(stranger, leaf.der)).toBeDefined();
  await expect(show(hub, leaf.der, root.der)).rejects.toMatchObject(nobody);

  const name = { hub: hub.name, name: 'root' };
  const missing = { code: 'CertificateNotFound' };
  const { certificates } = registry;
  await expect(certificates.getCertificate(name)).rejects.toMatchObject(missing);
  for (const ifMatch of [etag, '*']) {
    await expect(certificates.deleteCertificate({ ...name, ifMatch })).rejects.toMatchObject(
      missing,
    );
    await expect(
      certificates.verifyCertificate({
        ...name,
        ifMatch,
        verificationCertificate: leaf.certificate,
      }),
    ).rejects.toMatchObject(missing);
  }
  expect(await certificates.listCertificates({ hub: hub.name })).toEqual({ certificates: [] });
  expect(await show(stranger, leaf.der)).toBeDefined();
});

test('hostile certificates are refused as what they are, and the registry serves on', async () => {
  await put(hub, true);
  const forged = issueCertificate({
    subject: 'd1',
    purposes: Array.from({ length: 1_500 }, () => '1.2.3'),
    issuer: { ...root, privateKey: leaf.privateKey },
  });
  for (const shown of [
    [Buffer.alloc(0)],
    [randomBytes(100_000)],
    [Buffer.from(leaf.certificate)],
    [forged.der],
    Array.from({ length: 200 }, () => leaf.der),
    [leaf.der.subarray(0, 100), root.der],
  ]) {
    await expect(show(hub, ...shown)).rejects.toMatchObject(nobody);
  }
  expect(await show(hub, leaf.der)).toBeDefined();

  const invalid = { code: 'ArgumentInvalid' };
  for (const [name, certificate] of [
    ['root', 'garbage'],
    ['root', leaf.certificate],
    ['ro\0ot', root.certificate],
    ['', root.certificate],
  ] as const) {
    const upload = { hub: hub.name, name, certificate, isVerified: true };
    await expect(registry.certificates.putCertificate(upload)).rejects.toMatchObject(invalid);
  }
});

test('who did what to a certificate is remembered', async () => {
  const { etag } = await prove(root);
  await registry.certificates.deleteCertificate({ hub: hub.name, name: 'ROOT', ifMatch: etag });
  const { entries } = await registry.audit.listAuditEntries({
    subscriptionId: 'local',
    hub: { resourceGroup: 'local', name: hub.name },
    limit: 100,
  });
  expect(entries.slice(0, 4).map(({ operation, subjectJson }) => [operation, subjectJson])).toEqual(
    ['DeleteCertificate', 'VerifyCertificate', 'GenerateVerificationCode', 'PutCertificate'].map(
      (operation) => [operation, JSON.stringify({ certificate: 'root' })],
    ),
  );
});

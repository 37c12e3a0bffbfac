import { beforeEach, describe, expect, test } from '@jest/globals';
import { issueCertificate, type IssuedCertificate, type IssueOptions } from '@linchpin/testing';
import type { CaCertificate } from './ca-certificate.js';
import { CaCertificates, type CertificateUpload } from './ca-certificates.js';
import { hubDefinition, samplePolicies } from './samples.fake.js';
import { inMemoryStores } from './stores.fake.js';

const hub = 'hub1';
const hourMs = 3_600_000;
const codes = ['A', 'B', 'C'].map((letter) => letter.repeat(40));
const root = issueCertificate({ subject: 'Root', authority: true });
const base64 = ({ der }: IssuedCertificate): string => der.toString('base64');
const invalid = { code: 'ArgumentInvalid' };
const preconditionFailed = { code: 'PreconditionFailed' };
const notFound = { code: 'CertificateNotFound' };

let now: Date;
let certificates: CaCertificates;

beforeEach(async () => {
  now = new Date();
  const stores = inMemoryStores();
  await stores.hubs.insert(hubDefinition(hub), samplePolicies);
  await stores.hubs.activate(hub);
  const unused = [...codes];
  certificates = new CaCertificates({
    store: stores.certificates,
    generateCode: () => unused.shift() ?? '',
    clock: () => now,
  });
});

const upload = (overrides: Partial<CertificateUpload> = {}) =>
  certificates.upload(hub, {
    name: 'root',
    certificate: base64(root),
    isVerified: undefined,
    ifMatch: undefined,
    ...overrides,
  });

const uploadIssued = (options: Partial<IssueOptions>) =>
  upload({ certificate: base64(issueCertificate({ subject: 'CA', authority: true, ...options })) });

describe('an upload', () => {
  test('is stored, unverified, and later replaced', async () => {
    const first = await upload();
    expect(first).toMatchObject({
      isNew: true,
      certificate: { name: 'root', isVerified: false, createdTime: now, updatedTime: now },
    });
    expect(first.certificate.certificate).toEqual(root.der);
    expect(await upload({ name: 'ROOT' })).toMatchObject({ isNew: false });
    expect(await certificates.list(hub)).toHaveLength(1);
  });

  test('may be in PEM, and of an intermediate', async () => {
    const { certificate, der } = issueCertificate({ subject: 'I', authority: 0, issuer: root });
    const stored = await upload({ certificate });
    expect(stored.certificate.certificate).toEqual(der);
  });

  test('is verified at once when the administrator says so', async () => {
    const { certificate } = await upload({ isVerified: true });
    expect(certificate.isVerified).toBe(true);
  });

  test('security-limits 19: in the place of a verified certificate it is unverified again', async () => {
    await upload({ isVerified: true });
    await certificates.generateVerificationCode(hub, { name: 'root', ifMatch: '*' });
    const other = issueCertificate({ subject: 'Root', authority: true });
    const { certificate } = await upload({ certificate: base64(other) });
    expect(certificate).toMatchObject({ isVerified: false, verificationCode: undefined });
  });

  test('of the same certificate leaves it verified, unless it says otherwise', async () => {
    await upload({ isVerified: true });
    expect((await upload()).certificate.isVerified).toBe(true);
    expect((await upload({ isVerified: false })).certificate.isVerified).toBe(false);
  });

  test('of the same certificate leaves the code that was asked for', async () => {
    await upload();
    await certificates.generateVerificationCode(hub, { name: 'root', ifMatch: '*' });
    expect((await upload()).certificate.verificationCode).toBe(codes[0]);
  });

  test('with a tag replaces that one alone', async () => {
    await expect(upload({ ifMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    const { certificate } = await upload();
    await expect(upload({ ifMatch: 'b3RoZXI=' })).rejects.toMatchObject(preconditionFailed);
    expect(await upload({ ifMatch: certificate.etag })).toMatchObject({ isNew: false });
    expect(await upload({ ifMatch: '*' })).toMatchObject({ isNew: false });
  });

  test.each(['', 'a b', 'a/b', 'ä', 'n'.repeat(65)])(
    'under the name %j is refused',
    async (name) => {
      await expect(upload({ name })).rejects.toMatchObject(invalid);
    },
  );

  test.each<[string, Partial<IssueOptions>]>([
    ['of a device', { authority: false }],
    ['that may not sign certificates', { keyUsage: 1 }],
    ['that has expired', { notBefore: new Date(0), notAfter: new Date(Date.now() - hourMs) }],
    ['that is not valid yet', { notBefore: new Date(Date.now() + hourMs) }],
  ])('%s is refused', async (_, options) => {
    await expect(uploadIssued(options)).rejects.toMatchObject(invalid);
  });

  test.each([
    ['nothing', ''],
    ['no certificate', Buffer.from('hello').toString('base64')],
    ['two certificates', root.certificate + root.certificate],
  ])('of %s is refused', async (_, certificate) => {
    await expect(upload({ certificate })).rejects.toMatchObject(invalid);
  });
});

describe('the proof of possession', () => {
  let etag: string;
  let code: string;

  beforeEach(async () => {
    const { certificate } = await upload();
    ({ etag, code } = await generate(certificate.etag));
  });

  async function generate(ifMatch: string): Promise<{ etag: string; code: string }> {
    const generated = await certificates.generateVerificationCode(hub, { name: 'root', ifMatch });
    return { etag: generated.etag, code: generated.verificationCode ?? '' };
  }

  const verify = (
    options: Partial<IssueOptions> = {},
    ifMatch = etag,
    chain: readonly IssuedCertificate[] = [],
  ): Promise<CaCertificate> => {
    const proof = issueCertificate({ subject: code, issuer: root, ...options });
    const text = [proof, ...chain].map(({ certificate }) => certificate).join('');
    return certificates.verify(hub, { name: 'root', ifMatch }, text);
  };

  test('is a certificate that the authority has issued to the code', async () => {
    const verified = await verify();
    expect(verified).toMatchObject({ isVerified: true, verificationCode: undefined });
    expect(verified.etag).not.toBe(etag);
    expect(await certificates.get(hub, 'root')).toEqual(verified);
  });

  test('may come by way of an intermediate that follows it', async () => {
    const intermediate = issueCertificate({ subject: 'I', authority: true, issuer: root });
    await expect(verify({ issuer: intermediate })).rejects.toMatchObject({
      ...invalid,
      message: expect.stringMatching(/does not come from the certificate that is to be verified/),
    });
    expect(await verify({ issuer: intermediate }, etag, [intermediate])).toMatchObject({
      isVerified: true,
    });
  });

  test('security-limits 18: to an older code proves nothing', async () => {
    const older = code;
    ({ etag, code } = await generate(etag));
    expect(code).not.toBe(older);
    await expect(verify({ subject: older })).rejects.toMatchObject(invalid);
    expect(await verify()).toMatchObject({ isVerified: true });
  });

  test('proves once: no code counts after it', async () => {
    const { etag: after } = await verify();
    await expect(verify({}, after)).rejects.toMatchObject(invalid);
  });

  test.each<[string, Partial<IssueOptions>]>([
    ['to another name', { subject: 'root' }],
    ['to the code in lower case', { subject: codes[0]?.toLowerCase() ?? '' }],
    ['by nobody', { issuer: issueCertificate({ subject: 'Root', authority: true }) }],
    ['in the past', { notBefore: new Date(0), notAfter: new Date(Date.now() - hourMs) }],
  ])('security-limits 18: that was issued %s is refused', async (_, options) => {
    await expect(verify(options)).rejects.toMatchObject(invalid);
    expect(await certificates.get(hub, 'root')).toMatchObject({ isVerified: false });
  });

  test('is not the authority itself', async () => {
    const itself = { name: 'root', ifMatch: etag };
    await expect(certificates.verify(hub, itself, root.certificate)).rejects.toMatchObject(invalid);
    await expect(certificates.verify(hub, itself, 'garbage')).rejects.toMatchObject(invalid);
  });

  test('security-limits 18: with the tag of before is refused', async () => {
    const before = etag;
    ({ etag, code } = await generate(etag));
    await expect(verify({}, before)).rejects.toMatchObject(preconditionFailed);
    await expect(generate(before)).rejects.toMatchObject(preconditionFailed);
  });
});

test('what is not there can be neither verified nor removed', async () => {
  const tagged = { name: 'root', ifMatch: '*' };
  await expect(certificates.get(hub, 'root')).rejects.toMatchObject(notFound);
  await expect(certificates.generateVerificationCode(hub, tagged)).rejects.toMatchObject(notFound);
  await expect(certificates.verify(hub, tagged, base64(root))).rejects.toMatchObject(notFound);
  await expect(certificates.delete(hub, tagged)).rejects.toMatchObject(notFound);
});

test('a certificate is removed by its tag', async () => {
  const { certificate } = await upload();
  const { name, etag } = certificate;
  await expect(certificates.delete(hub, { name, ifMatch: 'b3RoZXI=' })).rejects.toMatchObject(
    preconditionFailed,
  );
  await certificates.delete(hub, { name, ifMatch: etag });
  expect(await certificates.list(hub)).toEqual([]);
});

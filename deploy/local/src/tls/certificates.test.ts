import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createAuthority, issueCertificate } from './authority.js';
import { ensureCertificates, type CertificateFiles } from './certificate-files.js';
import { renewalReason } from './renewal.js';

const now = new Date('2026-11-21T00:00:00Z');
const silent = { say: () => undefined, log: () => undefined };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-tls-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function later(days: number): Date {
  return new Date(now.getTime() + days * 86_400_000);
}

function parse(path: string): X509Certificate {
  return new X509Certificate(readFileSync(path));
}

async function ensure(names: readonly string[], at = now): Promise<CertificateFiles> {
  return ensureCertificates(folder, names, at, silent);
}

test('an authority signs end certificates and is valid for ten years', async () => {
  const { certificate, key } = await createAuthority('Test', 3_650, now);
  const parsed = new X509Certificate(certificate);

  expect(parsed.ca).toBe(true);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(new Date(parsed.validTo)).toEqual(later(3_650));
  expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});

test('the server has an RSA and an EC certificate for every name', async () => {
  const files = await ensure(['localhost', '127.0.0.1', '::1', 'hub.example']);
  const authority = parse(files.authorityFile);
  const [ec, rsa] = files.server.map(({ certificateFile }) => parse(certificateFile));

  for (const certificate of [ec!, rsa!]) {
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:hub.example',
    );
    expect(new Date(certificate.validTo)).toEqual(later(825));
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
  }
  expect(rsa!.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(ec!.publicKey.asymmetricKeyType).toBe('ec');
});

test('services have an authority of their own and prove themselves both ways', async () => {
  const { internal, authorityFile } = await ensure(['localhost']);
  const certificate = parse(internal.certificateFile);

  expect(certificate.checkIssued(parse(internal.authorityFile))).toBe(true);
  expect(certificate.checkIssued(parse(authorityFile))).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  expect(certificate.checkIP('127.0.0.1')).toBeDefined();
});

test('nobody else may read a key', async () => {
  const { server } = await ensure(['localhost']);

  expect(statSync(server[0].keyFile).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'ca.key')).mode & 0o777).toBe(0o600);
});

test('what is good is kept, and a new name or a near end replaces the certificate alone', async () => {
  const serial = (files: CertificateFiles): string =>
    parse(files.server[0].certificateFile).serialNumber;
  const files = await ensure(['localhost']);
  const authority = readFileSync(files.authorityFile, 'utf8');
  const first = serial(files);

  expect(serial(await ensure(['localhost'], later(790)))).toBe(first);
  const second = serial(await ensure(['localhost', '127.0.0.2']));
  expect(second).not.toBe(first);
  expect(serial(await ensure(['LOCALHOST', '127.0.0.2']))).toBe(second);
  expect(serial(await ensure(['localhost'], later(796)))).not.toBe(second);
  expect(readFileSync(files.authorityFile, 'utf8')).toBe(authority);
});

test('a name that was in the certificate stays in it', async () => {
  await ensure(['localhost', '::1', 'hub.example']);
  const { server } = await ensure(['localhost', '::1', '*.linchpin.localhost']);

  expect(parse(server[0].certificateFile).subjectAltName).toBe(
    'DNS:localhost, IP Address:0:0:0:0:0:0:0:1, DNS:*.linchpin.localhost, DNS:hub.example',
  );
});

test('clients take the names below a domain of two labels, and none below one', async () => {
  const { server } = await ensure(['*.linchpin.localhost', '*.localhost']);
  const certificate = parse(server[0].certificateFile);
  const identity = certificate.toLegacyObject();

  expect(checkServerIdentity('plant-7.linchpin.localhost', identity)).toBeUndefined();
  expect(checkServerIdentity('plant-7.localhost', identity)?.message).toContain('altnames');
  expect(certificate.checkHost('plant-7.linchpin.localhost')).toBe('*.linchpin.localhost');
  expect(certificate.checkHost('plant-7.localhost')).toBeUndefined();
});

test('the reasons to replace a certificate', async () => {
  const authority = await createAuthority('Test', 3_650, now);
  const other = await createAuthority('Test', 3_650, now);
  const issue = { names: ['localhost'], keyType: 'ec', usages: ['server'], now } as const;
  const issued = await issueCertificate(authority, { ...issue, validDays: 825 });
  const reason = (names: readonly string[], at: Date, signer = authority): string | undefined =>
    renewalReason(issued, signer.certificate, names, at);

  expect(reason(['localhost'], now)).toBeUndefined();
  expect(reason(['localhost', '::1'], now)).toBe('it does not name ::1');
  expect(reason(['hub.example'], now)).toBe('it does not name hub.example');
  expect(reason(['localhost'], later(796))).toMatch(/^it ends on Feb/);
  expect(reason(['localhost'], now, other)).toBe('it is of another authority');
  expect(renewalReason({ ...issued, key: other.key }, authority.certificate, [], now)).toBe(
    'its key is another one',
  );
});

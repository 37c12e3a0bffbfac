/** Certificate authorities that exist for one hub alone, and what they issue. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  cryptoProvider,
} from '@peculiar/x509';
import type { KeyedCertificate } from './keyed-certificate.js';

export interface IssueOptions {
  /** DNS names and IP addresses; the first is the subject's common name too. */
  readonly names: readonly string[];
  readonly keyType: 'rsa' | 'ec';
  readonly usages: readonly ('server' | 'client')[];
  readonly validDays: number;
  readonly now: Date;
}

const dayMs = 86_400_000;

/** A clock that is a little behind must not find the certificate invalid. */
const backdateMs = 3_600_000;

/** What an end key may do; RSA's also opens the key exchange of TLS 1.2's oldest suites. */
const keyUsages: Readonly<Record<IssueOptions['keyType'], KeyUsageFlags>> = {
  ec: KeyUsageFlags.digitalSignature,
  rsa: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment,
};

const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

cryptoProvider.set(webcrypto);

/** A self-signed CA that may sign end certificates only. */
export async function createAuthority(
  commonName: string,
  validDays: number,
  now: Date,
): Promise<KeyedCertificate> {
  const keys = await generateKeys('ec');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    ...validity(validDays, now),
    signingAlgorithm: ec,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: formatCertificate(certificate), key: await exportKey(keys.privateKey) };
}

/** An end certificate, signed by `authority`. */
export async function issueCertificate(
  authority: KeyedCertificate,
  options: IssueOptions,
): Promise<KeyedCertificate> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await generateKeys(options.keyType);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [options.names[0] ?? 'linchpin'] }],
    issuer: issuer.subject,
    ...validity(options.validDays, options.now),
    signingAlgorithm: ec,
    publicKey: keys.publicKey,
    signingKey: await importSigningKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(keyUsages[options.keyType], true),
      new ExtendedKeyUsageExtension(
        options.usages.map((usage) => ExtendedKeyUsage[`${usage}Auth`]),
      ),
      new SubjectAlternativeNameExtension(
        options.names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: formatCertificate(certificate), key: await exportKey(keys.privateKey) };
}

async function generateKeys(keyType: 'rsa' | 'ec'): Promise<webcrypto.CryptoKeyPair> {
  const algorithm = keyType === 'rsa' ? rsa : ec;
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(validDays: number, now: Date): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + validDays * dayMs),
  };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`;
}

async function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [pkcs8] = PemConverter.decode(pem);
  if (pkcs8 === undefined) {
    throw new Error('the authority key file holds no PEM block');
  }
  return webcrypto.subtle.importKey('pkcs8', pkcs8, ec, false, ['sign']);
}

function formatCertificate(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

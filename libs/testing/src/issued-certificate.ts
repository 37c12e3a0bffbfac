import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { AsnConvert, AsnParser, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate with its key: what a device shows, or an authority that issues others. */
export interface IssuedCertificate {
  readonly der: Buffer;
  /** In PEM. */
  readonly certificate: string;
  readonly key: string;
  /** In whole seconds, as certificates have it. */
  readonly validTo: Date;
  readonly subject: Name;
  readonly privateKey: KeyObject;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface IssueOptions {
  readonly subject: string | Name;
  /** Who signs; the certificate itself when there is nobody. */
  readonly issuer?: IssuedCertificate;
  /** Says that it is an authority, of at most so many authorities below it when it is a number. */
  readonly authority?: boolean | number;
  /** Bits of `KeyUsageFlags`; an authority may sign certificates unless they say otherwise. */
  readonly keyUsage?: number;
  /** Object identifiers. */
  readonly purposes?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** What it holds besides. */
  readonly extensions?: readonly Extension[];
  readonly keys?: KeyPair;
  /** Of the signature, where the issuer's kind of key has one. */
  readonly hash?: 'md5' | 'sha1' | 'sha256';
}

const dayMs = 86_400_000;
const commonNameType = '2.5.4.3';

/** Makes any certificate, also such as no honest authority would: what is strange is the caller's wish. */
export function issueCertificate(options: IssueOptions): IssuedCertificate {
  const { issuer, keys = generateKeys() } = options;
  const subject =
    typeof options.subject === 'string'
      ? nameOf([{ utf8String: options.subject }])
      : options.subject;
  const {
    notBefore = new Date(Date.now() - dayMs),
    notAfter: validTo = new Date(Math.floor(Date.now() / 1_000) * 1_000 + dayMs),
  } = options;
  const { algorithm, hash } = signatureOf(issuer?.privateKey ?? keys.privateKey, options.hash);
  const signed = new TBSCertificate({
    version: Version.v3,
    serialNumber: toArrayBuffer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    signature: algorithm,
    issuer: issuer?.subject ?? subject,
    validity: new Validity({ notBefore, notAfter: validTo }),
    subject,
    subjectPublicKeyInfo: AsnParser.parse(
      keys.publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions(extensionsOf(options)),
  });
  const signature = sign(
    hash,
    Buffer.from(AsnConvert.serialize(signed)),
    issuer?.privateKey ?? keys.privateKey,
  );
  const der = Buffer.from(
    AsnConvert.serialize(
      new Certificate({
        tbsCertificate: signed,
        signatureAlgorithm: algorithm,
        signatureValue: toArrayBuffer(signature),
      }),
    ),
  );
  return {
    der,
    certificate: formatPem(der),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    validTo,
    subject,
    privateKey: keys.privateKey,
  };
}

/** A name of so many common names, each of the kind of text that it says. */
export function nameOf(commonNames: readonly Partial<AttributeValue>[]): Name {
  return new Name(
    commonNames.map(
      (value) =>
        new RelativeDistinguishedName([
          new AttributeTypeAndValue({ type: commonNameType, value: new AttributeValue(value) }),
        ]),
    ),
  );
}

export function extensionOf(type: string, critical: boolean, value: object | Buffer): Extension {
  const der = Buffer.isBuffer(value) ? toArrayBuffer(value) : AsnConvert.serialize(value);
  return new Extension({ extnID: type, critical, extnValue: new OctetString(der) });
}

/** Of the kind that small devices have. */
export function generateKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function formatPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function extensionsOf({ authority, keyUsage, purposes, extensions }: IssueOptions): Extension[] {
  const isAuthority = authority !== undefined && authority !== false;
  const usage = keyUsage ?? (isAuthority ? KeyUsageFlags.keyCertSign : undefined);
  const constraints = new BasicConstraints({
    cA: isAuthority,
    ...(typeof authority === 'number' && { pathLenConstraint: authority }),
  });
  return [
    ...(isAuthority ? [extensionOf(id_ce_basicConstraints, true, constraints)] : []),
    ...(usage === undefined ? [] : [extensionOf(id_ce_keyUsage, true, new KeyUsage(usage))]),
    ...(purposes === undefined
      ? []
      : [extensionOf(id_ce_extKeyUsage, false, new ExtendedKeyUsage([...purposes]))]),
    ...(extensions ?? []),
  ];
}

const rsaAlgorithms = {
  md5: '1.2.840.113549.1.1.4',
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
} as const;

const ecAlgorithms = { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' } as const;

function signatureOf(
  key: KeyObject,
  hash: IssueOptions['hash'] = 'sha256',
): { readonly algorithm: AlgorithmIdentifier; readonly hash: string | null } {
  switch (key.asymmetricKeyType) {
    case 'rsa': {
      const algorithm = rsaAlgorithms[hash];
      return { algorithm: new AlgorithmIdentifier({ algorithm, parameters: null }), hash };
    }
    case 'ed25519':
      return { algorithm: new AlgorithmIdentifier({ algorithm: '1.3.101.112' }), hash: null };
    default: {
      const algorithm = ecAlgorithms[hash === 'sha1' ? 'sha1' : 'sha256'];
      return { algorithm: new AlgorithmIdentifier({ algorithm }), hash };
    }
  }
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

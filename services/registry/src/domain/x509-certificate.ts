/**
 * Certificates as they are judged (RFC 5280 section 4). OpenSSL, by way of node:crypto, knows keys,
 * signatures and who issued whom; what it does not tell is read from the bytes, which costs more
 * (ADR 0012). Both get hostile input: it is bounded, and all that goes wrong is one kind of error.
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { azureLimits } from '@linchpin/wire';
import { AsnParser } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate as CertificateSyntax,
  ExtendedKeyUsage,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
  type Extension,
  type TBSCertificate,
} from '@peculiar/asn1-x509';

export interface Certificate {
  readonly x509: X509Certificate;
  /** Undefined when it has none, several, or one whose text can be read in more than one way. */
  readonly commonName: string | undefined;
  /** Says that it issues others, and whether its key may sign them. */
  readonly isAuthority: boolean;
  readonly maySignCertificates: boolean;
  /** How many authorities may stand between it and the last certificate. */
  readonly authoritiesBelowMax: number;
  /** Object identifiers; undefined allows every purpose. */
  readonly purposes: readonly string[] | undefined;
  readonly signatureAlgorithm: string;
}

/** Says what is wrong with a certificate, for whoever chose it or for the log. */
export class InvalidCertificate extends Error {
  override readonly name = 'InvalidCertificate';
}

/** Ours: honest ones have about ten. */
const extensionsMax = 64;

/** Certificates whose meaning depends on an extension that is not understood are refused. */
const understood: readonly string[] = [
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
];

/** Refused even when they are not marked as critical: they would be promises that nobody keeps. */
const refused: readonly string[] = [id_ce_nameConstraints, id_ce_policyConstraints];

/**
 * With little effort, whatever the bytes are.
 *
 * @throws InvalidCertificate unless they are one certificate in DER and nothing else
 */
export function openCertificate(der: Uint8Array): X509Certificate {
  if (der.length > azureLimits.certificateBytesMax) {
    throw new InvalidCertificate(`it has more than ${azureLimits.certificateBytesMax} bytes`);
  }
  const x509 = readX509(der);
  if (!x509.raw.equals(der)) {
    throw new InvalidCertificate('it is not in DER');
  }
  return x509;
}

/** Of whatever size and form, PEM too. @throws InvalidCertificate when they are none */
export function readX509(bytes: Uint8Array): X509Certificate {
  return orInvalid('it cannot be read', () => new X509Certificate(bytes));
}

/**
 * All that a judgement takes.
 *
 * @param x509 from `openCertificate`, of somebody who may make us read it
 * @throws InvalidCertificate
 */
export function readCertificate(x509: X509Certificate): Certificate {
  const { tbsCertificate, signatureAlgorithm } = orInvalid('it cannot be read', () =>
    AsnParser.parse(x509.raw, CertificateSyntax),
  );
  if (tbsCertificate.signature.algorithm !== signatureAlgorithm.algorithm) {
    throw new InvalidCertificate('it names two signature algorithms');
  }
  return {
    x509,
    commonName: readCommonName(tbsCertificate),
    ...readExtensions(tbsCertificate.extensions ?? []),
    signatureAlgorithm: signatureAlgorithm.algorithm,
  };
}

/** @throws InvalidCertificate unless it counts at that time, from its first second to its last */
export function requireValidAt(x509: X509Certificate, now: Date): void {
  const { validFrom, validTo } = x509;
  if (now < readDate(validFrom)) {
    throw new InvalidCertificate(`it is not valid before ${validFrom}`);
  }
  if (now > readDate(validTo)) {
    throw new InvalidCertificate(`it expired at ${validTo}`);
  }
}

/** @throws InvalidCertificate */
export function expiryOf({ validTo }: X509Certificate): Date {
  return readDate(validTo);
}

/** As RFC 4514 writes it, the narrowest part first: `CN=Root, O=Contoso`. */
export function formatSubject(x509: X509Certificate): string {
  // Of a certificate without a subject Node says undefined, whatever its types say.
  const subject = x509.subject as string | undefined;
  return (subject ?? '').split('\n').reverse().join(', ');
}

/** As OpenSSL writes it: `Oct 28 05:40:41 2126 GMT`. */
function readDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new InvalidCertificate('its validity cannot be read');
  }
  return date;
}

const rsaBitsMin = 2_048;
const rsaBitsMax = 8_192;
const rsaExponentMax = 2n ** 32n;
const curves: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * Its public key, when that is strong enough and costs little to compute with.
 *
 * @throws InvalidCertificate
 */
export function publicKeyOf(x509: X509Certificate): KeyObject {
  const key = orInvalid('its key cannot be read', () => x509.publicKey);
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (
        modulusLength >= rsaBitsMin &&
        modulusLength <= rsaBitsMax &&
        publicExponent <= rsaExponentMax
      ) {
        return key;
      }
      break;
    case 'ec':
      if (curves.includes(namedCurve)) {
        return key;
      }
      break;
    case 'ed25519':
    case 'ed448':
      return key;
    default:
      break;
  }
  throw new InvalidCertificate('its key is of a kind or size that does not count');
}

const commonNameType = '2.5.4.3';

function readCommonName({ subject }: TBSCertificate): string | undefined {
  const found = subject.flatMap((names) => names.filter(({ type }) => type === commonNameType));
  const [only, ...others] = found;
  return others.length === 0 ? (only?.value.utf8String ?? only?.value.printableString) : undefined;
}

type Extended = Pick<
  Certificate,
  'isAuthority' | 'maySignCertificates' | 'authoritiesBelowMax' | 'purposes'
>;

function readExtensions(extensions: readonly Extension[]): Extended {
  requireUnderstood(extensions);
  const constraints = find(extensions, id_ce_basicConstraints, BasicConstraints);
  const usage = find(extensions, id_ce_keyUsage, KeyUsage);
  const purposes = find(extensions, id_ce_extKeyUsage, ExtendedKeyUsage);
  return {
    isAuthority: constraints?.cA ?? false,
    authoritiesBelowMax: constraints?.pathLenConstraint ?? Infinity,
    maySignCertificates:
      usage === undefined || (usage.toNumber() & KeyUsageFlags.keyCertSign) !== 0,
    purposes: purposes && [...purposes],
  };
}

function requireUnderstood(extensions: readonly Extension[]): void {
  const types = new Set(extensions.map(({ extnID }) => extnID));
  if (extensions.length > extensionsMax || types.size < extensions.length) {
    throw new InvalidCertificate('it has too many extensions, or one of them twice');
  }
  const strange = extensions.find(
    ({ extnID, critical }) =>
      refused.includes(extnID) || (critical && !understood.includes(extnID)),
  );
  if (strange !== undefined) {
    throw new InvalidCertificate(`its extension ${strange.extnID} is not supported`);
  }
}

function find<Value>(
  extensions: readonly Extension[],
  type: string,
  syntax: new () => Value,
): Value | undefined {
  const extension = extensions.find(({ extnID }) => extnID === type);
  return (
    extension &&
    orInvalid(`its extension ${type} cannot be read`, () =>
      AsnParser.parse(extension.extnValue, syntax),
    )
  );
}

function orInvalid<Value>(reason: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new InvalidCertificate(reason, { cause: error });
  }
}

/**
 * Whether a chain of certificates ends at one that is trusted (RFC 5280 section 6, security-limits.md
 * section 4). The order is that of TLS, each certificate issued by the next: no other path is
 * searched for, so that the work is bounded whatever a client shows.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { azureLimits } from '@linchpin/wire';
import {
  expiryOf,
  InvalidCertificate,
  openCertificate,
  publicKeyOf,
  readCertificate,
  requireValidAt,
  type Certificate,
} from './x509-certificate.js';

export interface ChainClaim {
  /** In DER, the leaf first; what stands above a trusted one is not looked at. */
  readonly shown: readonly Uint8Array[];
  /** Whom the leaf may come from, directly or by way of others that are shown. */
  readonly trusted: readonly Certificate[];
  /** What a refusal calls one of them. */
  readonly trustedName: string;
  /** An object identifier that must be among the purposes of each certificate that states any. */
  readonly purpose: string | undefined;
  readonly now: Date;
}

export interface ValidChain {
  readonly leaf: Certificate;
  /** The trusted one that vouches for it; the nearest of several. */
  readonly anchor: Certificate;
  /** When the first certificate of the chain ceases to count. */
  readonly expiresAt: Date;
}

/** Of several trusted certificates of one name, so many are tried. */
const pathsMax = 25;

/** Signatures whose digest can be forged do not count; that of PSS stands where nobody looks. */
const signatureAlgorithms: readonly string[] = [
  // RSA (PKCS #1 v1.5) with SHA-256, SHA-384 and SHA-512
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  // ECDSA with SHA-256, SHA-384 and SHA-512
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  // Ed25519, Ed448
  '1.3.101.112',
  '1.3.101.113',
];

const anyPurpose = '2.5.29.37.0';

/** @throws InvalidCertificate */
export function validateChain({ shown, ...claim }: ChainClaim): ValidChain {
  requireBounded(shown);
  let fault: InvalidCertificate | undefined;
  let paths = 0;
  const certificates = new CertificateReader();
  for (const path of candidates(shown, claim.trusted)) {
    if (++paths > pathsMax) {
      break;
    }
    try {
      return validatePath(path, claim, certificates);
    } catch (error) {
      if (!(error instanceof InvalidCertificate)) {
        throw error;
      }
      fault ??= error;
    }
  }
  throw (
    fault ??
    new InvalidCertificate(
      `it does not come from ${claim.trustedName}, directly or by way of others that were shown`,
    )
  );
}

/** @throws InvalidCertificate */
function requireBounded(shown: readonly Uint8Array[]): void {
  const { certificateChainLengthMax, certificateChainBytesMax } = azureLimits;
  if (shown.length > certificateChainLengthMax) {
    throw new InvalidCertificate('too many certificates were shown with it');
  }
  const bytes = shown.reduce((sum, { length }) => sum + length, 0);
  if (bytes > certificateChainBytesMax) {
    throw new InvalidCertificate(
      `it and those shown with it have more than ${certificateChainBytesMax} bytes`,
    );
  }
}

/** Reads each certificate once, on however many paths it stands: reading is what costs (ADR 0012). */
class CertificateReader {
  readonly #outcomes = new Map<X509Certificate, Certificate | InvalidCertificate>();

  /** As `readCertificate`. @throws InvalidCertificate */
  read(x509: X509Certificate): Certificate {
    const outcome = this.#outcomes.get(x509) ?? this.#readNew(x509);
    if (outcome instanceof InvalidCertificate) {
      throw outcome;
    }
    return outcome;
  }

  #readNew(x509: X509Certificate): Certificate | InvalidCertificate {
    const outcome = outcomeOf(x509);
    this.#outcomes.set(x509, outcome);
    return outcome;
  }
}

function outcomeOf(x509: X509Certificate): Certificate | InvalidCertificate {
  try {
    return readCertificate(x509);
  } catch (error) {
    if (error instanceof InvalidCertificate) {
      return error;
    }
    throw error;
  }
}

/** From a trusted certificate down to the leaf, by names alone. */
type Path = readonly [anchor: Certificate, ...below: X509Certificate[]];

function* candidates(
  shown: readonly Uint8Array[],
  trusted: readonly Certificate[],
): Generator<Path> {
  let below: readonly X509Certificate[] = [];
  for (const der of shown) {
    const certificate = openCertificate(der);
    const [issued] = below;
    if (issued !== undefined && !issued.checkIssued(certificate)) {
      return;
    }
    below = [certificate, ...below];
    for (const anchor of trusted) {
      if (certificate.checkIssued(anchor.x509)) {
        yield [anchor, ...below];
      }
    }
  }
}

/**
 * From the top: nobody makes us compute with a key, or read more than a name, before an authority that
 * is trusted has signed for it.
 */
function validatePath(
  [anchor, ...below]: Path,
  { purpose, now }: Pick<ChainClaim, 'purpose' | 'now'>,
  certificates: CertificateReader,
): ValidChain {
  requireUsable(anchor, purpose, now);
  let last = anchor;
  let expiresAt = expiryOf(anchor.x509);
  for (const [index, x509] of below.entries()) {
    requireAuthority(last, below.slice(index, -1));
    requireSigned(x509, last);
    last = certificates.read(x509);
    requireStrongSignature(last);
    requireUsable(last, purpose, now);
    expiresAt = new Date(Math.min(expiresAt.getTime(), expiryOf(x509).getTime()));
  }
  publicKeyOf(last.x509);
  return { leaf: last, anchor, expiresAt };
}

function requireUsable(
  { x509, purposes }: Certificate,
  purpose: string | undefined,
  now: Date,
): void {
  requireValidAt(x509, now);
  if (purpose !== undefined && purposes !== undefined) {
    if (!purposes.includes(purpose) && !purposes.includes(anyPurpose)) {
      throw new InvalidCertificate('it, or one above it, was issued for another purpose');
    }
  }
}

/** @throws InvalidCertificate unless it may have issued what is below it */
function requireAuthority(certificate: Certificate, below: readonly X509Certificate[]): void {
  if (!certificate.isAuthority || !certificate.maySignCertificates) {
    throw new InvalidCertificate('one above it may not issue certificates');
  }
  const authorities = below.filter((each) => !each.checkIssued(each)).length;
  if (authorities > certificate.authoritiesBelowMax) {
    throw new InvalidCertificate('one above it allows fewer authorities below itself');
  }
}

function requireSigned(x509: X509Certificate, issuer: Certificate): void {
  const key = publicKeyOf(issuer.x509);
  if (!isVerified(x509, key)) {
    throw new InvalidCertificate('its signature, or one above it, is not its issuer’s');
  }
}

/** Of an anchor the signature does not matter. */
function requireStrongSignature({ signatureAlgorithm }: Certificate): void {
  if (!signatureAlgorithms.includes(signatureAlgorithm)) {
    throw new InvalidCertificate(
      'its signature, or one above it, is of a kind that does not count',
    );
  }
}

function isVerified(x509: X509Certificate, key: KeyObject): boolean {
  try {
    return x509.verify(key);
  } catch {
    // OpenSSL's word for a signature that cannot be one of this key.
    return false;
  }
}

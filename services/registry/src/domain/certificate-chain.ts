/**
 * Whether a chain of certificates ends at one that is trusted (RFC 5280 section 6, security-limits.md
 * section 4). The order is that of TLS, each certificate issued by the next: no other path is
 * searched for, so that the work is bounded whatever a client shows.
 */
import { azureLimits } from '@linchpin/wire';
import {
  InvalidCertificate,
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
  if (shown.length > azureLimits.certificateChainLengthMax) {
    throw new InvalidCertificate('too many certificates were shown with it');
  }
  let fault: InvalidCertificate | undefined;
  let paths = 0;
  for (const path of candidates(shown, claim.trusted)) {
    if (++paths > pathsMax) {
      break;
    }
    try {
      return validatePath(path, claim);
    } catch (error) {
      if (!(error instanceof InvalidCertificate)) {
        throw error;
      }
      fault ??= error;
    }
  }
  throw fault ?? new InvalidCertificate('nobody who is trusted has issued it');
}

/** From a trusted certificate down to the leaf, by names alone. */
type Path = readonly [anchor: Certificate, ...below: Certificate[]];

function* candidates(
  shown: readonly Uint8Array[],
  trusted: readonly Certificate[],
): Generator<Path> {
  let below: readonly Certificate[] = [];
  for (const der of shown) {
    const certificate = readCertificate(der);
    const [issued] = below;
    if (issued !== undefined && !issued.x509.checkIssued(certificate.x509)) {
      return;
    }
    below = [certificate, ...below];
    for (const anchor of trusted) {
      if (certificate.x509.checkIssued(anchor.x509)) {
        yield [anchor, ...below];
      }
    }
  }
}

function validatePath(path: Path, { purpose, now }: Omit<ChainClaim, 'shown'>): ValidChain {
  for (const certificate of path) {
    requireValidAt(certificate, now);
    requirePurpose(certificate, purpose);
  }
  path.slice(0, -1).forEach((authority, index) => {
    requireAuthority(authority, path.slice(index + 1, -1));
  });
  // From the top: no key is computed with before somebody who is trusted has signed it.
  path.reduce((issuer, certificate) => {
    requireSigned(certificate, issuer);
    return certificate;
  });
  const leaf = path[path.length - 1] ?? path[0];
  publicKeyOf(leaf);
  const ends = path.map(({ notAfter }) => notAfter.getTime());
  return { leaf, anchor: path[0], expiresAt: new Date(Math.min(...ends)) };
}

function requirePurpose({ purposes }: Certificate, purpose: string | undefined): void {
  if (purpose !== undefined && purposes !== undefined) {
    if (!purposes.includes(purpose) && !purposes.includes(anyPurpose)) {
      throw new InvalidCertificate('it, or one above it, was issued for another purpose');
    }
  }
}

/** @throws InvalidCertificate unless it may have issued what is below it */
function requireAuthority(certificate: Certificate, below: readonly Certificate[]): void {
  if (!certificate.isAuthority || !certificate.maySignCertificates) {
    throw new InvalidCertificate('one above it may not issue certificates');
  }
  const authorities = below.filter(({ isSelfIssued }) => !isSelfIssued).length;
  if (authorities > certificate.authoritiesBelowMax) {
    throw new InvalidCertificate('one above it allows fewer authorities below itself');
  }
}

function requireSigned(certificate: Certificate, issuer: Certificate): void {
  if (!signatureAlgorithms.includes(certificate.signatureAlgorithm)) {
    throw new InvalidCertificate(
      'its signature, or one above it, is of a kind that does not count',
    );
  }
  const key = publicKeyOf(issuer);
  if (!isVerified(certificate, key)) {
    throw new InvalidCertificate('its signature, or one above it, is not its issuer’s');
  }
}

function isVerified({ x509 }: Certificate, key: ReturnType<typeof publicKeyOf>): boolean {
  try {
    return x509.verify(key);
  } catch {
    // OpenSSL's word for a signature that cannot be one of this key.
    return false;
  }
}

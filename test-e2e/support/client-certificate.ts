import { thumbprintsOf } from '@linchpin/auth';
import { issueCertificate, type IssuedCertificate } from '@linchpin/testing';

export interface ClientCertificate {
  readonly tls: ClientTls;
  /** Thumbprints, in hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
}

/** PEM texts, as TLS and the SDKs take them. */
export interface ClientTls {
  readonly cert: string;
  readonly key: string;
}

/** A new one, self-signed. */
export function createClientCertificate(): ClientCertificate {
  const issued = issueCertificate({ subject: 'client' });
  const { sha1, sha256 } = thumbprintsOf(issued.der);
  return { tls: tlsOf(issued), sha1, sha256: sha256.toLowerCase() };
}

/** What a device shows: its own certificate, and those above it that it sends along. */
export function tlsOf(leaf: IssuedCertificate, ...above: readonly IssuedCertificate[]): ClientTls {
  return { cert: [leaf, ...above].map((each) => each.certificate).join(''), key: leaf.key };
}

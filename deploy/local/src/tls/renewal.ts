/** Whether a certificate on the disk still does, or must be issued anew. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SocketAddress, isIPv6 } from 'node:net';
import type { KeyedCertificate } from './keyed-certificate.js';

const dayMs = 86_400_000;

/** A certificate that ends within this many days is replaced at the next start. */
const renewalDays = 30;

/** Why the certificate must be replaced, or nothing when it is good. */
export function renewalReason(
  { certificate, key }: KeyedCertificate,
  authority: string,
  names: readonly string[],
  now: Date,
): string | undefined {
  const parsed = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority);
  if (!parsed.checkIssued(issuer) || !parsed.verify(issuer.publicKey)) {
    return 'it is of another authority';
  }
  if (!parsed.checkPrivateKey(createPrivateKey(key))) {
    return 'its key is another one';
  }
  if (new Date(parsed.validTo).getTime() - now.getTime() < renewalDays * dayMs) {
    return `it ends on ${parsed.validTo}`;
  }
  const present = namesOf(certificate);
  const missing = names.find((name) => !present.includes(normalize(name)));
  return missing === undefined ? undefined : `it does not name ${missing}`;
}

/** The DNS names and addresses that a certificate (PEM) is for. */
export function namesOf(certificate: string): readonly string[] {
  const { subjectAltName = '' } = new X509Certificate(certificate);
  return subjectAltName
    .split(', ')
    .filter((entry) => entry !== '')
    .map((entry) => normalize(entry.replace(/^(?:DNS|IP Address):/, '')));
}

/** In the one form that tells alike names from others: OpenSSL prints `::1` as `0:0:0:0:0:0:0:1`. */
function normalize(name: string): string {
  return isIPv6(name)
    ? new SocketAddress({ address: name, family: 'ipv6' }).address
    : name.toLowerCase();
}

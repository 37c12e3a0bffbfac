/** Whether a certificate on the disk still does, or must be issued anew. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
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
  const missing = names.find((name) => !covers(parsed, name));
  return missing === undefined ? undefined : `it does not name ${missing}`;
}

function covers(certificate: X509Certificate, name: string): boolean {
  return isIP(name) === 0
    ? certificate.checkHost(name, { subject: 'never' }) !== undefined
    : certificate.checkIP(name) !== undefined;
}

/** SHA-1 and SHA-256 thumbprints of client certificates (security-limits.md section 4). */
import { createHash } from 'node:crypto';

import { HubError } from '@linchpin/wire';

interface Thumbprints {
  readonly sha1: string;
  readonly sha256: string;
}

/** Of a certificate in DER, in the form of `normalizeThumbprint`. */
export function thumbprintsOf(der: Uint8Array): Thumbprints {
  return { sha1: upperHex('sha1', der), sha256: upperHex('sha256', der) };
}

/**
 * Upper-case hexadecimal digits without separators, as two thumbprints can be compared.
 *
 * @throws HubError ArgumentInvalid unless there are 40 (SHA-1) or 64 (SHA-256) digits
 */
export function normalizeThumbprint(text: string): string {
  const digits = text.replace(/[ :-]/g, '').toUpperCase();
  if (!/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(digits)) {
    throw new HubError(
      'ArgumentInvalid',
      'A thumbprint has 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.',
    );
  }
  return digits;
}

function upperHex(algorithm: 'sha1' | 'sha256', der: Uint8Array): string {
  return createHash(algorithm).update(der).digest('hex').toUpperCase();
}

import type { SecureContextOptions } from 'node:tls';
import type { TlsVersion } from '@linchpin/auth';

/**
 * What public listeners may speak (security-limits.md section 5), in the order in which they prefer it:
 * TLS 1.3, and TLS 1.2 with ephemeral elliptic curves. Which of the RSA and ECDSA suites can be chosen
 * depends on the certificates. Azure's weakest, with CBC, are last; they can be left out.
 */
export const cipherSuites = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
] as const;

type CipherSuite = (typeof cipherSuites)[number];

export interface TlsPolicy {
  readonly minVersion: TlsVersion;
  /** A version none of whose suites is here is not spoken. */
  readonly cipherSuites: readonly CipherSuite[];
}

export const standardTlsPolicy: TlsPolicy = { minVersion: '1.2', cipherSuites };

export function isOfTls13(suite: string): boolean {
  return suite.startsWith('TLS_');
}

export function toSecureContextOptions({
  minVersion,
  cipherSuites: allowed,
}: TlsPolicy): SecureContextOptions {
  return {
    minVersion: `TLSv${minVersion}`,
    maxVersion: allowed.some(isOfTls13) ? 'TLSv1.3' : 'TLSv1.2',
    honorCipherOrder: true,
    ciphers: cipherSuites.filter((suite) => allowed.includes(suite)).join(':'),
  };
}

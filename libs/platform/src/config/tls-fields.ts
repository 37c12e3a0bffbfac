import { tlsVersions } from '@linchpin/auth';
import { z } from 'zod';
import type { CertificateFiles } from '../tls/server-certificates.js';
import { cipherSuites, isOfTls13, type TlsPolicy } from '../tls/tls-policy.js';
import { commaList, orDefault } from './fields.js';

/** Only suites of the policy can be named: the list makes it narrower, never weaker. */
const suites = commaList.pipe(
  z.array(z.enum(cipherSuites, `must be some of ${cipherSuites.join(', ')}`)).min(1),
);

/** The variables of a process with a public listener. */
export const tlsFields = {
  LINCHPIN_TLS_CERT_FILE: commaList,
  LINCHPIN_TLS_KEY_FILE: commaList,
  LINCHPIN_TLS_MIN_VERSION: orDefault(z.enum(tlsVersions, 'must be 1.2 or 1.3'), '1.2'),
  LINCHPIN_TLS_CIPHERS: orDefault(suites, [...cipherSuites]),
};

type TlsVariables = z.output<z.ZodObject<typeof tlsFields>>;

/** How a public listener proves itself, and what it speaks. */
export interface ServerTls {
  readonly files: CertificateFiles;
  readonly policy: TlsPolicy;
}

/** @throws Error when no version is left */
export function toServerTls(variables: TlsVariables): ServerTls {
  const policy: TlsPolicy = {
    minVersion: variables.LINCHPIN_TLS_MIN_VERSION,
    cipherSuites: variables.LINCHPIN_TLS_CIPHERS,
  };
  if (policy.minVersion === '1.3' && !policy.cipherSuites.some(isOfTls13)) {
    throw new Error('LINCHPIN_TLS_CIPHERS names no suite of TLS 1.3, and TLS 1.2 is turned off');
  }
  const certificates = variables.LINCHPIN_TLS_CERT_FILE;
  const keys = variables.LINCHPIN_TLS_KEY_FILE;
  return { files: { certificates, keys }, policy };
}

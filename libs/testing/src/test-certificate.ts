import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * A self-signed server certificate for localhost, 127.0.0.1, ::1 and the name of our own services
 * among themselves, which a client trusts by naming it as its authority. An earlier one in `folder` of the same name is replaced.
 */
export function createTestCertificate(
  folder: string,
  name: string,
  keyType: 'rsa' | 'ec',
): TestCertificate {
  const certificate = join(folder, `${name}.crt`);
  const key = join(folder, `${name}.key`);
  const algorithm =
    keyType === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const names =
    'subjectAltName=DNS:localhost,DNS:linchpin.internal,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1';
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', names],
      ...['-newkey', ...algorithm, '-keyout', key, '-out', certificate],
    ],
    { stdio: 'pipe' },
  );
  return { certificate, key };
}

/** The PEM text of what a client must trust. */
export function authorityOf(...certificates: readonly TestCertificate[]): string {
  return certificates.map(({ certificate }) => readFileSync(certificate, 'utf8')).join('');
}

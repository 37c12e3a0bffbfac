import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestCertificate } from '@linchpin/testing';

export interface ClientCertificate {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer };
  /** Thumbprints, in hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
}

/** A new one, self-signed. */
export function createClientCertificate(): ClientCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'linchpin-'));
  try {
    const files = createTestCertificate(folder, 'client', 'ec');
    const cert = readFileSync(files.certificate);
    const { fingerprint, fingerprint256 } = new X509Certificate(cert);
    return {
      tls: { cert, key: readFileSync(files.key) },
      sha1: fingerprint.replaceAll(':', ''),
      sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The certificates of one hub on the disk. Devices and back ends trust `ca.crt`; the services trust
 * each other by an authority of their own, so that no device certificate can ever pass for a
 * service. What exists is kept while it is good (renewal.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reporter } from '../console/reporter.js';
import { replaceFile } from '../replace-file.js';
import type { IssueOptions } from './authority.js';
import type { KeyedCertificate, KeyedCertificateFiles } from './keyed-certificate.js';
import { namesOf, renewalReason } from './renewal.js';

export interface CertificateFiles {
  /** What clients trust. */
  readonly authorityFile: string;
  /** The same certificate twice, by key type: old clients know RSA only, EC costs us less. */
  readonly server: readonly [KeyedCertificateFiles, ...KeyedCertificateFiles[]];
  /** For mutual TLS between the services. */
  readonly internal: KeyedCertificateFiles & { readonly authorityFile: string };
}

const authorityDays = 3_650;
/** Apple's clients refuse more. */
const serverDays = 825;

/** Services call each other at addresses, and ask there for this name (platform/grpc). */
const internalNames = ['linchpin.internal', 'localhost', '127.0.0.1', '::1'];

export async function ensureCertificates(
  folder: string,
  names: readonly string[],
  now: Date,
  reporter: Reporter,
): Promise<CertificateFiles> {
  const authority = await ensureAuthority(folder, 'ca', 'Linchpin local hub', now);
  const internal = await ensureAuthority(folder, 'internal-ca', 'Linchpin services', now);
  const issue = { usages: ['server'], validDays: serverDays, names, now } as const;
  const forServices = { ...issue, names: internalNames, usages: ['server', 'client'] } as const;
  const ofServer = async (keyType: 'ec' | 'rsa'): Promise<KeyedCertificateFiles> =>
    ensureCertificate({
      files: filesOf(folder, `server-${keyType}`),
      authority,
      issue: { ...issue, keyType },
      reporter,
    });
  return {
    authorityFile: authority.certificateFile,
    server: [await ofServer('ec'), await ofServer('rsa')],
    internal: {
      authorityFile: internal.certificateFile,
      ...(await ensureCertificate({
        files: filesOf(folder, 'service'),
        authority: internal,
        issue: { ...forServices, keyType: 'ec' },
        reporter,
      })),
    },
  };
}

async function ensureAuthority(
  folder: string,
  name: string,
  commonName: string,
  now: Date,
): Promise<KeyedCertificateFiles> {
  const files = filesOf(folder, name);
  const present = find(files);
  if (present === undefined || renewalReason(present, present.certificate, [], now) !== undefined) {
    const { createAuthority } = await import('./authority.js');
    write(files, await createAuthority(commonName, authorityDays, now));
  }
  return files;
}

async function ensureCertificate(options: {
  readonly files: KeyedCertificateFiles;
  readonly authority: KeyedCertificateFiles;
  readonly issue: IssueOptions;
  readonly reporter: Reporter;
}): Promise<KeyedCertificateFiles> {
  const { files, issue, reporter } = options;
  const authority = read(options.authority);
  const present = find(files);
  const reason =
    present === undefined
      ? 'it is not there yet'
      : renewalReason(present, authority.certificate, issue.names, issue.now);
  if (reason !== undefined) {
    reporter.say(`issuing ${basename(files.certificateFile)}: ${reason}`);
    // Loaded only here: it takes a quarter of a second, which most starts can do without.
    const { issueCertificate } = await import('./authority.js');
    // A hub's names never change: those of a hub that was made under other variables stay good.
    const names = [...issue.names, ...(present === undefined ? [] : namesOf(present.certificate))];
    write(files, await issueCertificate(authority, { ...issue, names: [...new Set(names)] }));
  }
  return files;
}

function filesOf(folder: string, name: string): KeyedCertificateFiles {
  return {
    certificateFile: join(folder, `${name}.crt`),
    keyFile: join(folder, `${name}.key`),
  };
}

function find(files: KeyedCertificateFiles): KeyedCertificate | undefined {
  return existsSync(files.certificateFile) && existsSync(files.keyFile) ? read(files) : undefined;
}

function read({ certificateFile, keyFile }: KeyedCertificateFiles): KeyedCertificate {
  return {
    certificate: readFileSync(certificateFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
  };
}

function write(files: KeyedCertificateFiles, content: KeyedCertificate): void {
  replaceFile(files.keyFile, content.key);
  replaceFile(files.certificateFile, content.certificate, 0o644);
}

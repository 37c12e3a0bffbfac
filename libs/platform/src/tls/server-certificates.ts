import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { SettingFault } from '../lifecycle/setting-fault.js';
import type { Logger } from '../logging/logger.js';
import { standardTlsPolicy, toSecureContextOptions, type TlsPolicy } from './tls-policy.js';

/** Paths of PEM files; the n-th key belongs to the n-th certificate, which its chain follows. */
export interface CertificateFiles {
  readonly certificates: readonly string[];
  readonly keys: readonly string[];
}

interface ServerCertificatesOptions {
  readonly files: CertificateFiles;
  /** What connections speak. */
  readonly policy?: TlsPolicy;
  readonly logger: Logger;
  /** How often the files are looked at. Looking, unlike being told, sees through replaced links. */
  readonly watchIntervalMs?: number;
}

/**
 * The certificates of the public listeners of a process: one pair for each type of key, so that
 * clients which know RSA only are served beside others. The files are read again on SIGHUP and when
 * one of them changes; connections that are open keep what they have.
 */
export class ServerCertificates {
  readonly #files: CertificateFiles;
  readonly #policy: SecureContextOptions;
  readonly #logger: Logger;
  #current: SecureContextOptions;

  /** @throws SettingFault naming the file that cannot be read, or when a key does not fit its certificate */
  constructor({
    files,
    policy = standardTlsPolicy,
    logger,
    watchIntervalMs = 2_000,
  }: ServerCertificatesOptions) {
    this.#files = files;
    this.#policy = toSecureContextOptions(policy);
    this.#logger = logger;
    this.#current = { ...this.#policy, ...readPairs(files) };
    process.on('SIGHUP', this.#reload);
    for (const path of allPaths(files)) {
      watchFile(path, { interval: watchIntervalMs, persistent: false }, this.#reload);
    }
  }

  /** For connections that come now: another object whenever the files were read again. */
  get secureContextOptions(): SecureContextOptions {
    return this.#current;
  }

  /** Ends the watching. */
  close(): void {
    process.off('SIGHUP', this.#reload);
    for (const path of allPaths(this.#files)) {
      unwatchFile(path, this.#reload);
    }
  }

  readonly #reload = (): void => {
    try {
      this.#current = { ...this.#policy, ...readPairs(this.#files) };
    } catch (error) {
      // Between the writing of a certificate and of its key the two do not fit.
      this.#logger.warn({ err: error }, 'certificates not replaced: the files are not usable');
      return;
    }
    this.#logger.info({ certificates: this.#files.certificates }, 'certificates read again');
  };
}

function allPaths({ certificates, keys }: CertificateFiles): Set<string> {
  return new Set([...certificates, ...keys]);
}

function readPairs({ certificates, keys }: CertificateFiles): SecureContextOptions {
  if (certificates.length === 0 || certificates.length !== keys.length) {
    throw new SettingFault(
      `LINCHPIN_TLS_CERT_FILE names ${certificates.length} files and LINCHPIN_TLS_KEY_FILE ${keys.length}: one key for each certificate`,
    );
  }
  const pairs = certificates.map((path, index) => readPair(path, keys[index] ?? ''));
  return { cert: pairs.map(({ cert }) => cert), key: pairs.map(({ key }) => key) };
}

function readPair(certificatePath: string, keyPath: string): { cert: Buffer; key: Buffer } {
  const pair = {
    cert: readPem('LINCHPIN_TLS_CERT_FILE', certificatePath),
    key: readPem('LINCHPIN_TLS_KEY_FILE', keyPath),
  };
  if (!isPair(pair)) {
    throw new SettingFault(
      `LINCHPIN_TLS_CERT_FILE, LINCHPIN_TLS_KEY_FILE: ${certificatePath} and ${keyPath} are not a certificate and its key in PEM`,
    );
  }
  return pair;
}

function readPem(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SettingFault(
      `${variable}: cannot read ${path}: ${(error as Error).message} (name a PEM file that this account may read)`,
      { cause: error },
    );
  }
}

/**
 * OpenSSL itself takes an RSA certificate and an EC key without a word, and serves neither; but it alone
 * reads the chain behind the certificate.
 */
function isPair(pair: { readonly cert: Buffer; readonly key: Buffer }): boolean {
  try {
    createSecureContext(pair);
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key));
  } catch {
    return false;
  }
}

import { createHash } from 'node:crypto';
import type { CaCertificateStore } from './ca-certificate-store.js';
import type { CredentialHub } from './credential-store.js';
import {
  InvalidCertificate,
  openCertificate,
  readCertificate,
  type Certificate,
} from './x509-certificate.js';

/**
 * The CA certificates that may vouch for a hub's devices. Which they are is asked each time, for one
 * that was removed a moment ago must not count; only what is read from their bytes is remembered.
 */
export class VerifiedAuthorities {
  /** By digest; the first is the one that was used longest ago. */
  readonly #read = new Map<string, Certificate>();

  /**
   * @param rememberedMax some hubs' worth: reading one costs half a millisecond, which each connecting
   * device would pay
   */
  constructor(
    private readonly store: Pick<CaCertificateStore, 'listVerified'>,
    private readonly rememberedMax = 1_000,
  ) {}

  async of({
    hubGeneration,
  }: Pick<CredentialHub, 'hubGeneration'>): Promise<readonly Certificate[]> {
    const stored = await this.store.listVerified(hubGeneration);
    return stored.flatMap((der) => this.#find(der) ?? []);
  }

  /** Undefined for what was let in once and would not be any more: it vouches for nobody. */
  #find(der: Uint8Array): Certificate | undefined {
    const digest = createHash('sha256').update(der).digest('base64');
    const certificate = this.#read.get(digest) ?? readIfValid(der);
    if (certificate !== undefined) {
      this.#remember(digest, certificate);
    }
    return certificate;
  }

  #remember(digest: string, certificate: Certificate): void {
    this.#read.delete(digest);
    this.#read.set(digest, certificate);
    const [oldest = ''] = this.#read.keys();
    if (this.#read.size > this.rememberedMax) {
      this.#read.delete(oldest);
    }
  }
}

function readIfValid(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(openCertificate(der));
  } catch (error) {
    if (error instanceof InvalidCertificate) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Where the CA certificates of hubs are kept. Names are compared without regard to letter case. Every
 * method takes the hub's name and throws HubError IotHubNotFound when no active hub has it. Each
 * change is stored together with the RegistryChange that tells whose devices must go.
 */
import type { CaCertificate, CaCertificateContent } from './ca-certificate.js';

export interface CertificateWrite {
  readonly name: string;
  readonly now: Date;
  /** As the audit log calls it. */
  readonly operation: 'PutCertificate' | 'GenerateVerificationCode' | 'VerifyCertificate';
}

export interface CaCertificateStore {
  /** By name. */
  list(hub: string): Promise<readonly CaCertificate[]>;

  /** @throws HubError CertificateNotFound */
  get(hub: string, name: string): Promise<CaCertificate>;

  /**
   * Those that are verified, in DER. For judges, who have found the hub already: no later hub of its
   * name is meant, and of one that is gone there are none.
   */
  listVerified(hubGeneration: string): Promise<readonly Uint8Array[]>;

  /**
   * Writes what `decide` makes of the stored certificate, if there is one, under a new tag. Nobody
   * else changes the hub's certificates in between, and what `decide` throws leaves them as they were.
   *
   * @throws HubError ArgumentInvalid when it would be one more than a hub may have
   */
  write(
    hub: string,
    { name, operation, now }: CertificateWrite,
    decide: (stored: CaCertificate | undefined) => CaCertificateContent,
  ): Promise<CaCertificate>;

  /**
   * Unless `permit` throws at its tag.
   *
   * @throws HubError CertificateNotFound
   */
  delete(hub: string, name: string, permit: (etag: string) => void): Promise<void>;
}

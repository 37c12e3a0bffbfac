import { azureLimits } from '@linchpin/wire';
import type { CaCertificate, CaCertificateContent } from './ca-certificate.js';
import type { CaCertificateStore, CertificateWrite } from './ca-certificate-store.js';
import { cloudToDeviceSettings } from './cloud-to-device-settings.js';
import type { InMemoryHubStore } from './hub-store.fake.js';
import { defaultCloudToDevice } from './kept-properties.js';
import { authoritiesChanged } from './registry-change.js';
import { certificateNotFound, tooManyCertificates } from './registry-errors.js';

/** Keeps certificates in memory, in the hubs of another fake. */
export class InMemoryCaCertificateStore implements CaCertificateStore {
  /** By the hub's generation. */
  readonly #stored = new Map<string, readonly CaCertificate[]>();
  #writes = 0;

  constructor(private readonly hubs: InMemoryHubStore) {}

  async list(hub: string): Promise<readonly CaCertificate[]> {
    await Promise.resolve();
    return this.#of(hub);
  }

  async get(hub: string, name: string): Promise<CaCertificate> {
    await Promise.resolve();
    return require(this.#of(hub), name);
  }

  async listVerified(hubGeneration: string): Promise<readonly Uint8Array[]> {
    await Promise.resolve();
    const certificates = this.#stored.get(hubGeneration) ?? [];
    return certificates
      .filter(({ isVerified }) => isVerified)
      .map(({ certificate }) => certificate);
  }

  async write(
    hub: string,
    { name, now }: CertificateWrite,
    decide: (stored: CaCertificate | undefined) => CaCertificateContent,
  ): Promise<CaCertificate> {
    await Promise.resolve();
    const before = this.#of(hub);
    const stored = find(before, name);
    if (stored === undefined && before.length >= azureLimits.caCertificatesPerHubMax) {
      throw tooManyCertificates(azureLimits.caCertificatesPerHubMax);
    }
    const { certificate, isVerified, verificationCode } = decide(stored);
    const written = {
      ...(stored ?? { name, createdTime: now }),
      certificate,
      isVerified,
      verificationCode,
      updatedTime: now,
      etag: Buffer.from(String(++this.#writes)).toString('base64'),
    };
    this.#replace(hub, [...before.filter((each) => each !== stored), written]);
    return written;
  }

  async delete(hub: string, name: string, permit: (etag: string) => void): Promise<void> {
    await Promise.resolve();
    const before = this.#of(hub);
    const stored = require(before, name);
    permit(stored.etag);
    this.#replace(
      hub,
      before.filter((each) => each !== stored),
    );
  }

  #of(hub: string): readonly CaCertificate[] {
    return this.#stored.get(this.hubs.requireGeneration(hub)) ?? [];
  }

  #replace(hub: string, after: readonly CaCertificate[]): void {
    const { settings, kept, hubGeneration } = this.hubs.requireActive(hub);
    const cloudToDevice = cloudToDeviceSettings(kept.cloudToDevice ?? defaultCloudToDevice);
    const held = { hub, hubGeneration, settings, cloudToDevice };
    const told = authoritiesChanged(held, this.#of(hub), after);
    if (told !== undefined) {
      this.hubs.changes.push(told);
    }
    this.#stored.set(this.hubs.requireGeneration(hub), [...after].sort(byName));
  }
}

function byName(one: CaCertificate, other: CaCertificate): number {
  return one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1;
}

function find(certificates: readonly CaCertificate[], name: string): CaCertificate | undefined {
  return certificates.find((each) => each.name.toLowerCase() === name.toLowerCase());
}

function require(certificates: readonly CaCertificate[], name: string): CaCertificate {
  const found = find(certificates, name);
  if (found === undefined) {
    throw certificateNotFound(name);
  }
  return found;
}

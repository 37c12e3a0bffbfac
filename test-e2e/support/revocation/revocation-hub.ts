/** A hub of its own for revocations: what they turn off is turned off for nobody else. */
import { randomUUID } from 'node:crypto';
import { issueCertificate, type IssuedCertificate } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from '../administration.js';
import { createClientCertificate, type ClientCertificate } from '../client-certificate.js';

interface PolicyKeys {
  readonly keyName: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

export type AuthorityName = 'removed' | 'lasting';

export class RevocationHub {
  /** A policy that loses a key and then goes, and one that stays as long as any does. */
  static readonly policies = ['rotated', 'lasting'] as const;

  readonly name: string;
  readonly access: ServiceAccess;
  /** As they were in the beginning. */
  readonly policyKeys: ReadonlyMap<string, PolicyKeys>;
  readonly authorities: Readonly<Record<AuthorityName, IssuedCertificate>>;
  /** Self-signed, and shown by many devices. */
  readonly certificate: ClientCertificate;

  private constructor(made: Pick<RevocationHub, 'name' | 'access' | 'policyKeys' | 'authorities'>) {
    this.name = made.name;
    this.access = made.access;
    this.policyKeys = made.policyKeys;
    this.authorities = made.authorities;
    this.certificate = createClientCertificate();
  }

  static async create(): Promise<RevocationHub> {
    const name = `revoked-${randomUUID().slice(0, 8)}`;
    const access = await createHub(name, `${name}.example.net`);
    const authorities = {
      removed: issueCertificate({ subject: 'removed', authority: true }),
      lasting: issueCertificate({ subject: 'lasting', authority: true }),
    };
    await putPolicies(name, RevocationHub.policies);
    for (const [authority, { certificate }] of Object.entries(authorities)) {
      const properties = {
        certificate: Buffer.from(certificate).toString('base64'),
        isVerified: true,
      };
      await succeed('PUT', `/${name}/certificates/${authority}`, { properties });
    }
    return new RevocationHub({ name, access, policyKeys: await listKeys(name), authorities });
  }

  async removePolicy(removed: string): Promise<void> {
    await putPolicies(
      this.name,
      RevocationHub.policies.filter((policy) => policy !== removed),
    );
  }

  async regeneratePrimaryKey(policy: string): Promise<void> {
    const body = { keyType: 'PrimaryKey' };
    await succeed('POST', `/${this.name}/IotHubKeys/${policy}/regenerateKeys`, body);
  }

  async removeAuthority(authority: AuthorityName): Promise<void> {
    await succeed('DELETE', `/${this.name}/certificates/${authority}`, undefined, {
      'If-Match': '*',
    });
  }

  /** What is not named stays as it is. */
  async set(properties: object): Promise<void> {
    await succeed('PUT', `/${this.name}`, { location: 'local', properties });
  }

  async delete(): Promise<void> {
    await succeed('DELETE', `/${this.name}`);
  }
}

/** Beside these the owner stays, who makes devices. */
async function putPolicies(hub: string, names: readonly string[]): Promise<void> {
  const authorizationPolicies = [
    { keyName: 'iothubowner', rights: 'RegistryWrite, ServiceConnect, DeviceConnect' },
    ...names.map((keyName) => ({ keyName, rights: 'DeviceConnect' })),
  ];
  await succeed('PUT', `/${hub}`, { location: 'local', properties: { authorizationPolicies } });
}

async function listKeys(hub: string): Promise<ReadonlyMap<string, PolicyKeys>> {
  const { value } = (await succeed('POST', `/${hub}/listkeys`)) as { value: PolicyKeys[] };
  return new Map(value.map((keys) => [keys.keyName, keys]));
}

async function succeed(...request: Parameters<typeof administer>): Promise<unknown> {
  const { status, body } = await administer(...request);
  if (status >= 300) {
    const [method, path] = request;
    throw new Error(`${method} ${path} was answered with ${status}: ${JSON.stringify(body)}`);
  }
  return body;
}

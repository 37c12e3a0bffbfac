import { HubError } from '@linchpin/wire';
import type { Authenticator, CredentialClaim } from './authenticator.js';
import type { Grant } from './device-session.js';
import type { ConnectClaim } from './open-session.js';

export const fakeGrant: Grant = {
  hub: 'h',
  hubGeneration: '7',
  generationId: '638900000000000001',
  scope: 'device',
  type: 'sas',
  expiresAt: undefined,
  credentialIds: ['device/primary'],
  limits: { sku: 'S1', units: 1, unlimited: true },
  telemetryTopic: 'events.h',
  telemetryPartitions: 4,
};

/** As `FakeAuthenticator` lets it in. */
export function fakeClaim(deviceId: string): ConnectClaim {
  return {
    host: 'h.example.net',
    identity: { deviceId },
    credential: { kind: 'sas', token: 'good' },
    modelId: undefined,
    cleanSession: false,
  };
}

/** Lets in whoever says `good`, in a token, to one of its hosts; others as it is told. */
export class FakeAuthenticator implements Authenticator {
  readonly claims: CredentialClaim[] = [];
  grant: Grant = fakeGrant;
  readonly hosts = ['h.example.net'];
  /** Called with each claim before its judgement. */
  onClaim: (claim: CredentialClaim) => Promise<void> | void = () => undefined;

  async authenticate(claim: CredentialClaim): Promise<Grant> {
    this.claims.push(claim);
    const { grant } = this;
    await this.onClaim(claim);
    const { host, credential } = claim;
    const isGood = credential.kind === 'certificates' || credential.token === 'good';
    if (!this.hosts.includes(host) || !isGood) {
      throw new HubError('IotHubUnauthorized', 'The credential is not good.');
    }
    return grant;
  }
}

/**
 * Judges the credential of a device or module that wants to connect (device-mqtt.md sections 2.4, 2.5
 * and 3). Every refusal is a HubError whose text is for the log: on the wire all of them look alike.
 */
import { isSasTokenExpired, parseSasToken, type ClientSource, type SasToken } from '@linchpin/auth';
import { HubError, normalizeHostName } from '@linchpin/wire';
import type {
  CredentialHub,
  CredentialStore,
  DeviceCredentials,
  IdentityCredentials,
} from './credential-store.js';
import type { IdentityId } from './device-identity.js';
import { validateIdentityId } from './identity-content.js';
import type { Proof } from './proof.js';
import { proveByCertificate } from './prove-by-certificate.js';
import { proveByToken } from './prove-by-token.js';
import { whyRefused } from './refused-source.js';
import { identityNotFound } from './registry-errors.js';
import type { VerifiedAuthorities } from './verified-authorities.js';

export interface DeviceClaim extends IdentityId {
  /** As the device gave it: in any letter case, perhaps with a port. */
  readonly hostName: string;
  readonly client: ClientSource;
  readonly credential: DeviceCredential;
}

export type DeviceCredential =
  | { readonly kind: 'token'; readonly text: string }
  /** What the device showed, each in DER, its own certificate first. */
  | { readonly kind: 'certificates'; readonly shown: readonly Uint8Array[] };

export interface AuthenticatedDevice extends Proof {
  readonly hub: CredentialHub;
  readonly generationId: string;
  /** As IdentityCredentials has it. */
  readonly ofEdgeDevice: boolean;
}

interface DeviceAuthenticatorParts {
  readonly store: CredentialStore;
  readonly authorities: VerifiedAuthorities;
  readonly clock: () => Date;
}

export class DeviceAuthenticator {
  constructor(private readonly parts: DeviceAuthenticatorParts) {}

  /**
   * @throws HubError ArgumentInvalid, IotHubNotFound, IotHubUnauthorized, DeviceNotFound,
   * ModuleNotFound; DeviceDisabled only to who has proven the credential
   */
  async authenticate(claim: DeviceClaim): Promise<AuthenticatedDevice> {
    validateIdentityId(claim);
    const now = this.parts.clock();
    const { credential } = claim;
    if (credential.kind === 'certificates') {
      return this.#authenticateByCertificate(claim, credential.shown, now);
    }
    const token = parseUnexpired(credential.text, now);
    const found = await this.#find(claim, token.policy);
    return accept(claim, found, proveByToken(token, claim, found));
  }

  async #authenticateByCertificate(
    claim: DeviceClaim,
    shown: readonly Uint8Array[],
    now: Date,
  ): Promise<AuthenticatedDevice> {
    const found = await this.#find(claim, undefined);
    const { authentication } = requireIdentity(claim, found);
    // Only whom they vouch for waits for the second look.
    const trusted =
      authentication.type === 'certificateAuthority'
        ? await this.parts.authorities.of(found.hub)
        : [];
    const proof = proveByCertificate({ id: claim, authentication, shown, trusted, now });
    return accept(claim, found, proof);
  }

  async #find(claim: DeviceClaim, policyName: string | undefined): Promise<DeviceCredentials> {
    const { deviceId, moduleId } = claim;
    const hostName = normalizeHostName(claim.hostName);
    const found = await this.parts.store.findDevice({ hostName, deviceId, moduleId, policyName });
    if (found === undefined) {
      throw new HubError('IotHubNotFound', 'No active hub has the host name.');
    }
    const objection = whyRefused(found.hub.settings, claim.client);
    if (objection !== undefined) {
      throw new HubError('IotHubUnauthorized', `Whoever the device is, ${objection}.`);
    }
    return found;
  }
}

function parseUnexpired(text: string, now: Date): SasToken {
  const token = parseSasToken(text);
  if (isSasTokenExpired(token, now)) {
    throw new HubError(
      'IotHubUnauthorized',
      `The token expired at ${token.expiresAt.toISOString()}.`,
    );
  }
  return token;
}

/** Comes last, so that only who has a credential learns what is wrong with the identity. */
function accept(id: IdentityId, found: DeviceCredentials, proof: Proof): AuthenticatedDevice {
  const { generationId, enabled, ofEdgeDevice } = requireIdentity(id, found);
  if (!enabled) {
    throw new HubError('DeviceDisabled', `The device ${id.deviceId} is disabled.`);
  }
  return { ...proof, hub: found.hub, generationId, ofEdgeDevice };
}

function requireIdentity(id: IdentityId, { identity }: DeviceCredentials): IdentityCredentials {
  if (identity === undefined) {
    throw identityNotFound(id);
  }
  return identity;
}

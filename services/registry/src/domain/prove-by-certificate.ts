/** What a client certificate proves of a device or module (security-limits.md section 4). */
import { X509Certificate } from 'node:crypto';
import { normalizeThumbprint, thumbprintsOf } from '@linchpin/auth';
import { HubError } from '@linchpin/wire';
import type { Proof } from './authenticate-device.js';
import { thumbprintCredential } from './credential-id.js';
import type { IdentityCredentials } from './credential-store.js';
import type { IdentityId } from './device-identity.js';

/**
 * By thumbprint alone: no certificate authority can be registered yet, so a chain proves nothing.
 *
 * @param leaf in DER
 * @throws HubError IotHubUnauthorized
 */
export function proveByCertificate(
  leaf: Uint8Array,
  { moduleId }: IdentityId,
  { authentication }: IdentityCredentials,
  now: Date,
): Proof {
  if (authentication.type !== 'selfSigned') {
    throw refusal(`authentication of type ${authentication.type} is not proven by one`);
  }
  const { sha1, sha256 } = thumbprintsOf(leaf);
  const proven = [authentication.primaryThumbprint, authentication.secondaryThumbprint]
    .filter((configured) => configured !== undefined)
    .find((configured) => [sha1, sha256].includes(normalizeThumbprint(configured)));
  if (proven === undefined) {
    throw refusal(`its thumbprint is not configured: SHA1Hash=${sha1}, SHA2Hash=${sha256}`);
  }
  requireNotExpired(leaf, now);
  return {
    scope: moduleId === undefined ? 'device' : 'module',
    kind: 'thumbprint',
    expiresAt: undefined,
    credentialIds: [thumbprintCredential(proven)],
  };
}

function requireNotExpired(leaf: Uint8Array, now: Date): void {
  const { validTo } = parseCertificate(leaf);
  if (new Date(validTo) < now) {
    throw refusal(`it expired at ${validTo}`);
  }
}

/** Whatever has the right thumbprint was registered, yet it may be no certificate at all. */
function parseCertificate(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (error) {
    throw refusal('it cannot be read', error);
  }
}

function refusal(reason: string, cause?: unknown): HubError {
  return new HubError('IotHubUnauthorized', `The certificate does not count: ${reason}.`, {
    cause,
  });
}

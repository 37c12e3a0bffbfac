/**
 * Names of what the right of a connection rests on, as gateways remember them and as changes revoke
 * them. A key is named by a fingerprint of itself, not by its place: where it stands does not matter as
 * long as it counts (ADR 0011).
 */
import { createHash } from 'node:crypto';
import { normalizeThumbprint, thumbprintsOf } from '@linchpin/auth';
import { formatIdentityId } from '@linchpin/wire';
import type { IdentityId } from './device-identity.js';

/** What a hub can turn off at once, or an identity leave: most credentials rest on one of them too. */
export const credentialClass = {
  /** Tokens of policies. */
  localAuth: 'local-auth',
  deviceSas: 'device-sas',
  moduleSas: 'module-sas',
  certificateAuthority: 'certificate-authority',
} as const;

/** Of a device's or module's own keys. */
export function sasClassOf({ moduleId }: IdentityId): string {
  return moduleId === undefined ? credentialClass.deviceSas : credentialClass.moduleSas;
}

/** @param key base64 */
export function identityKeyCredential(hub: string, id: IdentityId, key: string): string {
  const kind = id.moduleId === undefined ? 'device-key' : 'module-key';
  return `${kind}/${fingerprint(hub, `${kind}/${formatIdentityId(id)}`, key)}`;
}

/** As far as devices come by it. @param key base64 */
export function policyKeyCredential(hub: string, policyName: string, key: string): string {
  const owner = `policy/${policyName.toLowerCase()}`;
  return `${owner}/${fingerprint(hub, owner, key)}`;
}

/** The same key, as far as back ends come by it: a policy may lose either right and keep the other. @param key base64 */
export function servicePolicyKeyCredential(hub: string, policyName: string, key: string): string {
  return `service-${policyKeyCredential(hub, policyName, key)}`;
}

/** @param thumbprint in any spelling */
export function thumbprintCredential(thumbprint: string): string {
  return `thumbprint/${normalizeThumbprint(thumbprint)}`;
}

/** @param certificate of an authority that vouches for devices, in DER */
export function authorityCredential(certificate: Uint8Array): string {
  return `ca/${thumbprintsOf(certificate).sha256}`;
}

const fingerprintDigits = 16;

/**
 * Of one key of one owner: two owners of equal keys are not to be known by it. No part but the last
 * can hold a line feed.
 */
function fingerprint(hub: string, owner: string, key: string): string {
  return createHash('sha256')
    .update(`linchpin credential\n${hub.toLowerCase()}\n${owner}\n`)
    .update(Buffer.from(key, 'base64'))
    .digest('hex')
    .slice(0, fingerprintDigits);
}

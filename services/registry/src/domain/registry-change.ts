/**
 * What others must hear of: each is stored together with its change and told at least once. Gateways
 * end the connections whose credential no longer counts (device-mqtt.md section 2.11).
 */
import { normalizeThumbprint } from '@linchpin/auth';
import type { Thumbprints } from './authentication.js';
import { keyCredentialId, thumbprintCredentialId } from './credential-id.js';
import type { IdentityContent, IdentityId } from './device-identity.js';
import type { AccessSettings } from './hub-settings.js';

export type RegistryChange =
  | ({ readonly kind: 'identityCreated' | 'identityDeleted'; readonly hub: string } & Subject)
  | ({
      readonly kind: 'identityUpdated';
      readonly hub: string;
      readonly enabled: boolean;
      /** Credentials that counted before this change and do not any more. */
      readonly revokedCredentialIds: readonly string[];
    } & Subject)
  | {
      readonly kind: 'hubUpdated';
      readonly hub: string;
      /** Of any identity of the hub. */
      readonly revokedCredentialIds: readonly string[];
      /** What holds from now on. */
      readonly settings: AccessSettings;
    }
  | { readonly kind: 'hubDeleted'; readonly hub: string };

interface Subject extends IdentityId {
  readonly generationId: string;
}

export function identityCreated(hub: string, identity: Subject): RegistryChange {
  return { kind: 'identityCreated', hub, ...subjectOf(identity) };
}

export function identityDeleted(hub: string, identity: Subject): RegistryChange {
  return { kind: 'identityDeleted', hub, ...subjectOf(identity) };
}

export function identityUpdated(
  hub: string,
  before: IdentityContent,
  after: IdentityContent,
): RegistryChange {
  const kept = new Map(credentialsOf(after));
  const revokedCredentialIds = credentialsOf(before)
    .filter(([id, proof]) => kept.get(id) !== proof)
    .map(([id]) => id);
  const enabled = after.status === 'enabled';
  return { kind: 'identityUpdated', hub, ...subjectOf(after), enabled, revokedCredentialIds };
}

function subjectOf({ deviceId, moduleId, generationId }: Subject): Subject {
  return { deviceId, moduleId, generationId };
}

type Credential = readonly [id: string, proof: string];

/**
 * By place: a key that moves from primary to secondary revokes both, for a connection is known by the
 * place of its key, and the place must keep telling the truth.
 */
function credentialsOf(identity: IdentityContent): Credential[] {
  const { authentication } = identity;
  switch (authentication.type) {
    case 'sas':
      return [
        [keyCredentialId(identity, 'primary'), authentication.primaryKey],
        [keyCredentialId(identity, 'secondary'), authentication.secondaryKey],
      ];
    case 'selfSigned':
      return thumbprintCredentials(authentication);
    case 'certificateAuthority':
    case 'none':
      return [];
  }
}

function thumbprintCredentials({
  primaryThumbprint,
  secondaryThumbprint,
}: Thumbprints): Credential[] {
  return [
    ...(primaryThumbprint === undefined ? [] : [['primary', primaryThumbprint] as const]),
    ...(secondaryThumbprint === undefined ? [] : [['secondary', secondaryThumbprint] as const]),
  ].map(([slot, text]) => [thumbprintCredentialId(slot), normalizeThumbprint(text)]);
}

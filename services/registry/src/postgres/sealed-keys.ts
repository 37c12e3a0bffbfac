/** Which place each stored secret has (platform's sealing), and the pairs of keys that stand in one row. */
import type { KeyCipher } from '@linchpin/platform/sealing';
import { sql, type RawBuilder } from 'kysely';
import type { IdentityId } from '../domain/device-identity.js';
import type { KeyPair } from '../domain/signing-key.js';

export interface SealedKeyPair {
  readonly primary_key: Buffer;
  readonly secondary_key: Buffer;
}

/** Of one creation of one identity: what an earlier one of the same id had does not fit. */
export function identityPlace(
  hub: string,
  { deviceId, moduleId = '' }: IdentityId,
  generationId: string,
): string {
  // None of the parts holds a slash.
  return `identity/${hub}/${deviceId}/${moduleId}/${generationId}`;
}

export function policyPlace(hub: string, policyName: string): string {
  return `policy/${hub}/${policyName}`;
}

/** Of what a hub only keeps. */
export function keptPlace(hub: string): string {
  return `kept/${hub}`;
}

export function sealKeys(cipher: KeyCipher, keys: KeyPair, place: string): SealedKeyPair {
  return {
    primary_key: cipher.seal(keys.primaryKey, `${place}/primary`),
    secondary_key: cipher.seal(keys.secondaryKey, `${place}/secondary`),
  };
}

export function openKeys(cipher: KeyCipher, sealed: SealedKeyPair, place: string): KeyPair {
  return {
    primaryKey: cipher.open(sealed.primary_key, `${place}/primary`),
    secondaryKey: cipher.open(sealed.secondary_key, `${place}/secondary`),
  };
}

/** What a sealed column begins with. Null where there is nothing, which differs from nothing. */
export function masterKeyIdOf(column: string): RawBuilder<Buffer> {
  const sealed = sql.ref(column);
  return sql<Buffer>`substring(${sealed} from 1 for 1 + get_byte(${sealed}, 0))`;
}

/**
 * Names of credentials, as connections remember which one they were proven by and as changes say which
 * ones ended. A key is named by its place, never by what it is.
 */
import type { IdentityId } from './device-identity.js';

export type KeySlot = 'primary' | 'secondary';

export const keySlots = ['primary', 'secondary'] as const satisfies readonly KeySlot[];

export function keyCredentialId({ moduleId }: IdentityId, slot: KeySlot): string {
  return `${moduleId === undefined ? 'device' : 'module'}/${slot}`;
}

export function thumbprintCredentialId(slot: KeySlot): string {
  return `thumbprint/${slot}`;
}

export function policyCredentialId(policyName: string, slot: KeySlot): string {
  return `policy/${policyName}/${slot}`;
}

import type { IpFilterRule } from '@linchpin/auth';
import type { HubLimits } from '@linchpin/wire';
import type { ConnectionEntry, ConnectionTable } from './connection-table.js';
import type { Grant } from './device-session.js';

/** A change in the registry that may end connections (security-limits.md section 1, service-rest.md section 2.3). */
export type RegistryChange =
  | {
      readonly kind: 'identity-updated';
      readonly hub: string;
      readonly deviceId: string;
      readonly moduleId: string | undefined;
      readonly isEnabled: boolean;
      readonly revokedCredentialIds: readonly string[];
    }
  | {
      readonly kind: 'identity-deleted';
      readonly hub: string;
      readonly deviceId: string;
      readonly moduleId: string | undefined;
      readonly generationId: string;
    }
  | {
      readonly kind: 'hub-updated';
      readonly hub: string;
      /** Of any identity of the hub. */
      readonly revokedCredentialIds: readonly string[];
      readonly limits: HubLimits;
      readonly ipFilterRules: readonly IpFilterRule[];
    }
  | { readonly kind: 'hub-deleted'; readonly hub: string };

/**
 * Ends the connections that the change leaves without a right to go on, and only those. One whose
 * credential is being judged this moment is marked, so that it is judged again.
 */
export function cutOff(table: ConnectionTable, change: RegistryChange): void {
  const candidates = 'deviceId' in change ? table.ofDevice(change.deviceId) : table.all();
  for (const entry of candidates) {
    if (entry.grant === undefined) {
      entry.markStale();
    } else if (losesAccess(entry, change)) {
      void entry.connection.end('revoked');
    }
  }
}

function losesAccess({ identity, grant }: ConnectionEntry, change: RegistryChange): boolean {
  if (grant?.hub !== change.hub) {
    return false;
  }
  if (change.kind === 'hub-deleted') {
    return true;
  }
  if (change.kind === 'hub-updated') {
    return restsOn(grant, change.revokedCredentialIds);
  }
  const isChanged = identity.moduleId === change.moduleId;
  // What happens to a device happens to its modules.
  const isModuleOfChanged = change.moduleId === undefined && identity.moduleId !== undefined;
  if (change.kind === 'identity-deleted') {
    // A device of the same id that was created since is another one.
    return isModuleOfChanged || (isChanged && grant.generationId === change.generationId);
  }
  if (!change.isEnabled && (isChanged || isModuleOfChanged)) {
    return true;
  }
  return isChanged && restsOn(grant, change.revokedCredentialIds);
}

function restsOn({ credentialIds }: Grant, revoked: readonly string[]): boolean {
  return credentialIds.some((id) => revoked.includes(id));
}

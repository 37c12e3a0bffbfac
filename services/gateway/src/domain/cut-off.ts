import { setImmediate as nextTurn } from 'node:timers/promises';
import { compileIpFilter, type IpFilterRule } from '@linchpin/auth';
import type { HubId, HubLimits } from '@linchpin/wire';
import type { AccessEntry } from './access-entry.js';
import type { IdentityEntry, ConnectionTable } from './connection-table.js';

/** A RegistryChange that may end connections, in the contract's words (security-limits.md section 1, service-rest.md section 2.3). */
export type EndingChange =
  | {
      readonly kind: 'identityUpdated';
      readonly hub: string;
      readonly deviceId: string;
      readonly moduleId: string | undefined;
      readonly generationId: string;
      readonly enabled: boolean;
      readonly revokedCredentialIds: readonly string[];
    }
  | {
      readonly kind: 'identityDeleted';
      readonly hub: string;
      readonly deviceId: string;
      readonly moduleId?: string | undefined;
      readonly generationId: string;
      /** Of the modules that went with a device. */
      readonly moduleGenerationIds: readonly string[];
    }
  | ({
      readonly kind: 'hubUpdated';
      /** Of any identity of the hub. */
      readonly revokedCredentialIds: readonly string[];
      readonly limits: HubLimits;
      readonly ipFilterRules: readonly IpFilterRule[];
    } & HubId)
  | ({ readonly kind: 'hubDeleted' } & HubId);

/**
 * What may be done before others get their turn, in units of judging one connection, which takes about
 * a microsecond: some milliseconds in all.
 */
const unitsPerTurn = 2_000;
const unitsToEnd = 50;

/** Of an identity, or of a whole hub with its back ends. */
type IdentityChange = Extract<EndingChange, { readonly deviceId: string }>;
type HubChange = Exclude<EndingChange, IdentityChange>;

/**
 * Ends the connections of devices, what their requests rest on, and the links of back ends that the change leaves without a right to go on, and
 * only those. One whose credential is being judged this moment is marked before this returns, so that it is judged
 * again; whoever comes later is judged by what holds since. Of a hub with many some are ended later than this
 * returns, a few at a time; resolves when all are.
 */
export function cutOff(table: ConnectionTable, change: EndingChange): Promise<void> {
  markJudged(table, change);
  return 'deviceId' in change
    ? endInTurns(grantedIn(change, table.ofDevice(change.deviceId)), lossOfIdentity(change))
    : endInTurns(grantedIn(change, table.accesses.ofHub(change.hub)), lossOfHub(change));
}

/** The part of `cutOff` that cannot wait: whoever is being judged this moment is judged again. */
export function markJudged(table: ConnectionTable, change: EndingChange): void {
  const candidates: readonly AccessEntry[] =
    'deviceId' in change ? table.ofDevice(change.deviceId) : table.accesses.judged();
  for (const entry of candidates) {
    if (entry.isBeingJudged) {
      entry.markStale(change.hub);
    }
  }
}

function grantedIn<Entry extends AccessEntry>(
  { hub }: EndingChange,
  entries: readonly Entry[],
): readonly Entry[] {
  return entries.filter(({ grant }) => grant?.hub === hub);
}

async function endInTurns<Entry extends AccessEntry>(
  entries: readonly Entry[],
  losesAccess: (entry: Entry) => boolean,
): Promise<void> {
  let units = 0;
  for (const entry of entries) {
    units += 1;
    if (losesAccess(entry)) {
      void entry.holder.end('revoked');
      units += unitsToEnd;
    }
    if (units >= unitsPerTurn) {
      units = 0;
      await nextTurn();
    }
  }
}

/** Of those in the change's hub, which ones it ends. */
function lossOfHub(change: HubChange): (entry: AccessEntry) => boolean {
  switch (change.kind) {
    case 'hubDeleted':
      return (entry) => isOfHub(change, entry);
    case 'hubUpdated': {
      const isRevoked = revocation(change.revokedCredentialIds);
      const accepts = compileIpFilter(change.ipFilterRules);
      return (entry) =>
        isOfHub(change, entry) && (isRevoked(entry) || !accepts(entry.holder.client.address));
    }
  }
}

function lossOfIdentity(change: IdentityChange): (entry: IdentityEntry) => boolean {
  switch (change.kind) {
    case 'identityDeleted': {
      const modules = new Set(change.moduleGenerationIds);
      return (entry) =>
        isSame(change, entry) ||
        // A device that was made again meanwhile may have modules of the same ids.
        (isModuleOf(change, entry) && modules.has(entry.grant?.generationId ?? ''));
    }
    case 'identityUpdated': {
      const isRevoked = revocation(change.revokedCredentialIds);
      return (entry) =>
        change.enabled
          ? isSame(change, entry) && isRevoked(entry)
          : isSame(change, entry) || isModuleOf(change, entry);
    }
  }
}

function revocation(revokedCredentialIds: readonly string[]): (entry: AccessEntry) => boolean {
  const revoked = new Set(revokedCredentialIds);
  return ({ grant }) => grant?.credentialIds.some((id) => revoked.has(id)) === true;
}

interface Changed {
  readonly moduleId?: string | undefined;
  readonly generationId: string;
}

/** A hub of the same name that was created since is another one. */
function isOfHub({ hubGeneration }: HubId, { grant }: AccessEntry): boolean {
  return grant?.hubGeneration === hubGeneration;
}

/** An identity of the same id that was created since is another one. */
function isSame({ moduleId, generationId }: Changed, { identity, grant }: IdentityEntry): boolean {
  return identity.moduleId === moduleId && grant?.generationId === generationId;
}

/** What happens to a device happens to its modules. */
function isModuleOf({ moduleId }: Pick<Changed, 'moduleId'>, { identity }: IdentityEntry): boolean {
  return moduleId === undefined && identity.moduleId !== undefined;
}

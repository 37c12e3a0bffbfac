/** Many identities at once, each for itself (service-rest.md sections 2.8 and 4). */
import { azureLimits, HubError, type BulkAction } from '@linchpin/wire';
import type { BulkIdentityStore } from './bulk-identity-store.js';
import type { IdentityContent, IdentityDefinition, IdentityId } from './device-identity.js';
import { requireMatch } from './entity-tag.js';
import { newIdentity, refuseSystemModule, updateOf } from './identity-change.js';
import { edgeModuleIds, validateIdentityId, type Sources } from './identity-content.js';
import type { IdentityQuota } from './identity-quota.js';
import { IdentityWorkingSet } from './identity-working-set.js';
import { tooManyIdentities } from './registry-errors.js';
import type { KeyPair } from './signing-key.js';

export interface BulkRow {
  readonly action: BulkAction;
  /** Of a deletion only the ids count. */
  readonly definition: IdentityDefinition;
  /** `*`, or the tag that an identity which is there must have; undefined: whatever it has. */
  readonly ifMatch: string | undefined;
}

export type RowResult =
  { readonly done: 'created' | 'updated' | 'deleted' } | { readonly failure: HubError };

export type RegeneratedKeys = 'primary' | 'secondary' | 'both';

export type RegenerationResult = { readonly keys: KeyPair } | { readonly failure: HubError };

interface BulkRegistryParts {
  readonly store: BulkIdentityStore;
  readonly quota: IdentityQuota;
  readonly sources: Sources;
}

const { bulkRowsMax, modulesPerDeviceMax } = azureLimits;

export class BulkRegistry {
  constructor(private readonly parts: BulkRegistryParts) {}

  /**
   * Applies the rows in their order; one that fails leaves the others as they are.
   *
   * @returns one result for each row
   * @throws HubError TooManyDevices, ArgumentInvalid; then none was applied
   */
  async apply(hub: string, rows: readonly BulkRow[]): Promise<readonly RowResult[]> {
    requireFew(rows);
    const { store, quota } = this.parts;
    const room = await quota.reserve(hub, mostAdded(rows));
    let used = 0;
    try {
      const deviceIds = deviceIdsOf(rows.map(({ definition }) => definition));
      return await store.changeMany(hub, deviceIds, (stored) => {
        const work = new IdentityWorkingSet(stored);
        const result = rows.map((row) =>
          failing(() => this.#applyRow(work, row, room.granted), toFailure),
        );
        used = Math.max(0, work.added);
        return { writes: work.writes, result };
      });
    } finally {
      room.release(used);
    }
  }

  /**
   * @returns for each identity both its keys as they are now
   * @throws HubError TooManyDevices, ArgumentInvalid; then none was changed
   */
  async regenerateKeys(
    hub: string,
    identities: readonly IdentityId[],
    which: RegeneratedKeys,
  ): Promise<readonly RegenerationResult[]> {
    requireFew(identities);
    return this.parts.store.changeMany(hub, deviceIdsOf(identities), (stored) => {
      const work = new IdentityWorkingSet(stored);
      const result = identities.map((id) =>
        failing(() => this.#regenerate(work, id, which), toFailure),
      );
      return { writes: work.writes, result };
    });
  }

  #applyRow(work: IdentityWorkingSet, row: BulkRow, room: number): RowResult {
    const { action, definition } = row;
    validateIdentityId(definition);
    switch (action) {
      case 'create':
        return this.#create(work, definition, room);
      case 'createOrUpdate':
        return work.find(definition) === undefined
          ? this.#create(work, definition, room)
          : this.#update(work, row, room);
      case 'update':
        return this.#update(work, row, room);
      case 'delete':
        return remove(work, row);
    }
  }

  #create(work: IdentityWorkingSet, definition: IdentityDefinition, room: number): RowResult {
    const identity = newIdentity(definition, this.parts.sources);
    this.#requireRoom(work.added + 1 + identity.modules.length, room);
    work.create(identity, modulesPerDeviceMax);
    return { done: 'created' };
  }

  #update(work: IdentityWorkingSet, { definition, ifMatch }: BulkRow, room: number): RowResult {
    const found = work.get(definition);
    if (ifMatch !== undefined) {
      requireMatch('identity', found.etag, ifMatch);
    }
    const update = updateOf(found.content, definition, this.parts.sources);
    if (update.addedModules.length > 0) {
      this.#requireRoom(work.added + update.addedModules.length, room);
    }
    work.update(update, modulesPerDeviceMax);
    return { done: 'updated' };
  }

  #requireRoom(added: number, room: number): void {
    if (added > room) {
      throw tooManyIdentities(this.parts.quota.identitiesMax);
    }
  }

  #regenerate(
    work: IdentityWorkingSet,
    id: IdentityId,
    which: RegeneratedKeys,
  ): RegenerationResult {
    validateIdentityId(id);
    const { content } = work.get(id);
    const { generateKey } = this.parts.sources;
    const { primaryKey, secondaryKey } = keysOf(content);
    const keys = {
      primaryKey: which === 'secondary' ? primaryKey : generateKey(),
      secondaryKey: which === 'primary' ? secondaryKey : generateKey(),
    };
    const changed = { ...content, authentication: { type: 'sas' as const, ...keys } };
    const update = { content: changed, addedModules: [], removedModuleIds: [] };
    work.update(update, modulesPerDeviceMax);
    return { keys };
  }
}

function requireFew({ length }: readonly unknown[]): void {
  if (length > bulkRowsMax) {
    throw new HubError(
      'TooManyDevices',
      `${length} devices and modules are more than the ${bulkRowsMax} of one request.`,
    );
  }
  if (length === 0) {
    throw new HubError('ArgumentInvalid', 'The request names no device.');
  }
}

/** If every row that may do so creates something. */
function mostAdded(rows: readonly BulkRow[]): number {
  return rows
    .filter(({ action }) => action !== 'delete')
    .map(
      ({ action, definition }) =>
        (action === 'update' ? 0 : 1) + (definition.iotEdge ? edgeModuleIds.length : 0),
    )
    .reduce((sum, added) => sum + added, 0);
}

/** Of those that can be ids: nothing is stored under the others. */
function deviceIdsOf(ids: readonly IdentityId[]): readonly string[] {
  const valid = ids.filter(({ deviceId }) => isId(deviceId));
  return [...new Set(valid.map(({ deviceId }) => deviceId))];
}

function isId(deviceId: string): boolean {
  return failing(
    () => {
      validateIdentityId({ deviceId, moduleId: undefined });
      return true;
    },
    () => false,
  );
}

function remove(work: IdentityWorkingSet, { definition, ifMatch }: BulkRow): RowResult {
  refuseSystemModule(definition);
  const found = work.get(definition);
  if (ifMatch !== undefined) {
    requireMatch('identity', found.etag, ifMatch);
  }
  work.delete(definition);
  return { done: 'deleted' };
}

function keysOf({ authentication }: IdentityContent): KeyPair {
  if (authentication.type !== 'sas') {
    throw new HubError(
      'BulkRegenerateDeviceKeyOperationFailure',
      `Authentication of type ${authentication.type} has no keys.`,
    );
  }
  return authentication;
}

function toFailure(failure: HubError): { readonly failure: HubError } {
  return { failure };
}

/** What a row is refused for is its own; anything else is a fault of ours, and of the whole. */
function failing<Value, Failed>(
  work: () => Value,
  refused: (error: HubError) => Failed,
): Value | Failed {
  try {
    return work();
  } catch (error) {
    if (error instanceof HubError) {
      return refused(error);
    }
    throw error;
  }
}

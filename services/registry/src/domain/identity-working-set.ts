/**
 * Identities as the rows of one request leave them one after the other, before anything is written: a
 * row sees what the rows before it did.
 */
import type { IdentityWrites } from './bulk-identity-store.js';
import type { DeviceIdentity, IdentityContent, IdentityId } from './device-identity.js';
import type { NewIdentity } from './identity-change.js';
import type { IdentityUpdate } from './identity-store.js';
import { identityExists, identityNotFound, tooManyModules } from './registry-errors.js';

/** What a row finds; nobody can know the tag of what an earlier row wrote. */
interface FoundIdentity {
  readonly content: IdentityContent;
  readonly etag: string;
}

interface WorkedIdentity {
  readonly before: DeviceIdentity | undefined;
  /** Undefined when it is deleted. */
  after: IdentityContent | undefined;
}

const noTag = '';

export class IdentityWorkingSet {
  readonly #worked: Map<string, WorkedIdentity>;
  #added = 0;

  /** @param stored devices, each with all its modules */
  constructor(stored: readonly DeviceIdentity[]) {
    this.#worked = new Map(
      stored.map((identity) => [keyOf(identity), { before: identity, after: identity }]),
    );
  }

  /** How many more there are than at the beginning. */
  get added(): number {
    return this.#added;
  }

  get writes(): IdentityWrites {
    const worked = [...this.#worked.values()];
    const deleted = worked.flatMap(({ before, after }) =>
      before !== undefined && !isSame(before, after) ? [before] : [],
    );
    const deletedDevices = new Set(deleted.filter(isDevice).map(({ deviceId }) => deviceId));
    return {
      deleted: deleted.filter((each) => isDevice(each) || !deletedDevices.has(each.deviceId)),
      updated: worked.flatMap(({ before, after }) =>
        before !== undefined && after !== undefined && after !== before && isSame(before, after)
          ? [{ before, content: after }]
          : [],
      ),
      created: worked.flatMap(({ before, after }) =>
        after !== undefined && !isSame(after, before) ? [after] : [],
      ),
    };
  }

  find(id: IdentityId): FoundIdentity | undefined {
    const worked = this.#worked.get(keyOf(id));
    if (worked?.after === undefined) {
      return undefined;
    }
    const { before, after } = worked;
    return { content: after, etag: after === before ? before.etag : noTag };
  }

  /** @throws HubError DeviceNotFound, also for a module of a missing device, ModuleNotFound */
  get(id: IdentityId): FoundIdentity {
    const device = { deviceId: id.deviceId, moduleId: undefined };
    const found = this.find(id);
    if (found === undefined) {
      throw identityNotFound(this.find(device) === undefined ? device : id);
    }
    return found;
  }

  /** @throws HubError DeviceAlreadyExists; DeviceNotFound, ModuleAlreadyExistsOnDevice, TooManyModulesOnDevice */
  create({ content, modules }: NewIdentity, modulesMax: number): void {
    const { deviceId, moduleId } = content;
    if (moduleId !== undefined) {
      this.get({ deviceId, moduleId: undefined });
    }
    if (this.find(content) !== undefined) {
      throw identityExists(content);
    }
    if (moduleId !== undefined) {
      this.#requireFewModules(deviceId, 1, modulesMax);
    }
    this.#put([content, ...modules]);
  }

  /** @throws HubError TooManyModulesOnDevice */
  update({ content, addedModules, removedModuleIds }: IdentityUpdate, modulesMax: number): void {
    const { deviceId } = content;
    this.#requireFewModules(deviceId, addedModules.length, modulesMax);
    for (const moduleId of removedModuleIds) {
      this.#remove(this.#worked.get(keyOf({ deviceId, moduleId })));
    }
    this.#put([content, ...addedModules]);
  }

  /** A device goes with its modules. */
  delete(id: IdentityId): void {
    this.#remove(this.#worked.get(keyOf(id)));
    if (isDevice(id)) {
      this.#modulesOf(id.deviceId).forEach((module) => {
        this.#remove(module);
      });
    }
  }

  #put(identities: readonly IdentityContent[]): void {
    for (const identity of identities) {
      const key = keyOf(identity);
      const worked = this.#worked.get(key);
      this.#added += worked?.after === undefined ? 1 : 0;
      this.#worked.set(key, { before: worked?.before, after: identity });
    }
  }

  #remove(worked: WorkedIdentity | undefined): void {
    if (worked?.after !== undefined) {
      this.#added -= 1;
      worked.after = undefined;
    }
  }

  #requireFewModules(deviceId: string, added: number, modulesMax: number): void {
    if (added > 0 && this.#modulesOf(deviceId).length + added > modulesMax) {
      throw tooManyModules(deviceId, modulesMax);
    }
  }

  #modulesOf(deviceId: string): WorkedIdentity[] {
    return [...this.#worked.values()].filter(
      ({ after }) => after?.deviceId === deviceId && !isDevice(after),
    );
  }
}

/** No id holds a slash. */
function keyOf({ deviceId, moduleId = '' }: IdentityId): string {
  return `${deviceId}/${moduleId}`;
}

function isDevice({ moduleId }: IdentityId): boolean {
  return moduleId === undefined;
}

/** Or else it was deleted, and perhaps made again. */
function isSame(one: IdentityContent, other: IdentityContent | undefined): boolean {
  return one.generationId === other?.generationId;
}

import type { HubId } from '@linchpin/wire';
import { changesOf, type BulkChange, type BulkIdentityStore } from './bulk-identity-store.js';
import type { ConnectionReport, ConnectionStates } from './connection-states.js';
import {
  neverConnected,
  type DeviceIdentity,
  type IdentityContent,
  type IdentityId,
} from './device-identity.js';
import type { DeviceStatistics, IdentityCounts } from './identity-counts.js';
import type { InMemoryHubStore } from './hub-store.fake.js';
import type { IdentityStore, IdentityUpdate } from './identity-store.js';
import { identityCreated, identityDeleted, identityUpdated } from './registry-change.js';
import { identityExists, identityNotFound, tooManyModules } from './registry-errors.js';

interface StoredIdentity {
  readonly hub: string;
  identity: DeviceIdentity;
  sequenceNumber: string;
}

/** Keeps identities in memory, in the hubs of another fake. */
export class InMemoryIdentityStore
  implements IdentityStore, BulkIdentityStore, IdentityCounts, ConnectionStates
{
  #stored: StoredIdentity[] = [];
  #writes = 0;

  constructor(private readonly hubs: InMemoryHubStore) {}

  async insertDevice(
    hub: string,
    device: IdentityContent,
    modules: readonly IdentityContent[],
  ): Promise<DeviceIdentity> {
    await this.#turn(hub);
    const identity = this.#insert(hub, device);
    modules.forEach((module) => this.#insert(hub, module));
    return identity;
  }

  async insertModule(
    hub: string,
    module: IdentityContent,
    modulesMax: number,
  ): Promise<DeviceIdentity> {
    await this.#turn(hub);
    const { deviceId } = module;
    this.#require(hub, { deviceId, moduleId: undefined });
    this.#refuseExisting(hub, module);
    if (this.#modulesOf(hub, deviceId).length >= modulesMax) {
      throw tooManyModules(deviceId, modulesMax);
    }
    return this.#insert(hub, module);
  }

  async update(
    hub: string,
    id: IdentityId,
    modulesMax: number,
    decide: (stored: DeviceIdentity) => IdentityUpdate,
  ): Promise<DeviceIdentity> {
    await this.#turn(hub);
    const stored = this.#require(hub, id);
    const before = stored.identity;
    const { content, addedModules, removedModuleIds } = decide(before);
    const modulesBefore = this.#modulesOf(hub, id.deviceId).length;
    if (addedModules.length > 0 && modulesBefore + addedModules.length > modulesMax) {
      throw tooManyModules(id.deviceId, modulesMax);
    }
    stored.identity = { ...before, ...content, etag: this.#nextEtag() };
    this.hubs.changes.push(identityUpdated(this.#hubId(hub), before, stored.identity));
    for (const moduleId of removedModuleIds) {
      this.#remove(this.#require(hub, { deviceId: id.deviceId, moduleId }));
    }
    addedModules.forEach((module) => this.#insert(hub, module));
    return stored.identity;
  }

  async delete(hub: string, id: IdentityId, permit: (etag: string) => void): Promise<void> {
    await this.#turn(hub);
    const stored = this.#require(hub, id);
    permit(stored.identity.etag);
    const modules = id.moduleId === undefined ? this.#modulesOf(hub, id.deviceId) : [];
    this.#stored = this.#stored.filter((each) => !modules.includes(each));
    this.#remove(stored, modules);
  }

  async changeMany<Result>(
    hub: string,
    deviceIds: readonly string[],
    decide: (stored: readonly DeviceIdentity[]) => BulkChange<Result>,
  ): Promise<Result> {
    await this.#turn(hub);
    const stored = this.#stored.filter(
      (each) => each.hub === hub && deviceIds.includes(each.identity.deviceId),
    );
    const before = stored.map(({ identity }) => identity);
    const { writes, result } = decide(before);
    this.#stored = this.#stored.filter(
      (each) =>
        each.hub !== hub ||
        !writes.deleted.some(
          ({ deviceId, moduleId = each.identity.moduleId }) =>
            each.identity.deviceId === deviceId && each.identity.moduleId === moduleId,
        ),
    );
    for (const { content } of writes.updated) {
      const updated = this.#require(hub, content);
      updated.identity = { ...updated.identity, ...content, etag: this.#nextEtag() };
    }
    writes.created.forEach((content) => this.#store(hub, content));
    const etagOf = (id: IdentityId): string => this.#require(hub, id).identity.etag;
    const written = { hub: this.#hubId(hub), stored: before, writes, etagOf };
    this.hubs.changes.push(...changesOf(written));
    return result;
  }

  async get(hub: string, id: IdentityId): Promise<DeviceIdentity> {
    await this.#turn(hub);
    return this.#require(hub, id).identity;
  }

  async listDevices(hub: string, limit: number): Promise<readonly DeviceIdentity[]> {
    await this.#turn(hub);
    return this.#devicesOf(hub)
      .sort((one, other) => (one.deviceId < other.deviceId ? -1 : 1))
      .slice(0, limit);
  }

  async listModules(
    hub: string,
    deviceId: string,
    limit: number,
  ): Promise<readonly DeviceIdentity[]> {
    await this.#turn(hub);
    this.#require(hub, { deviceId, moduleId: undefined });
    return this.#modulesOf(hub, deviceId)
      .map(({ identity }) => identity)
      .sort((one, other) => ((one.moduleId ?? '') < (other.moduleId ?? '') ? -1 : 1))
      .slice(0, limit);
  }

  async count(hub: string): Promise<number> {
    await this.#turn(hub);
    return this.#stored.filter((stored) => stored.hub === hub).length;
  }

  async statistics(hub: string): Promise<DeviceStatistics> {
    await this.#turn(hub);
    const devices = this.#devicesOf(hub);
    const enabled = devices.filter(({ status }) => status === 'enabled').length;
    const connected = devices.filter((each) => each.connectionState === 'Connected').length;
    return { total: devices.length, enabled, disabled: devices.length - enabled, connected };
  }

  async statisticsOfAll(): Promise<ReadonlyMap<string, DeviceStatistics>> {
    const hubs = await this.hubs.list('', Number.MAX_SAFE_INTEGER);
    const active = hubs.filter(({ state }) => state === 'active');
    const statistics = active.map(async ({ name }) => [name, await this.statistics(name)] as const);
    return new Map(await Promise.all(statistics));
  }

  apply(reports: readonly ConnectionReport[]): Promise<number> {
    const news = reports.filter((report) => this.#applyOne(report));
    return Promise.resolve(news.length);
  }

  /** For the fake of credentials. */
  find(hub: string, id: IdentityId): DeviceIdentity | undefined {
    return this.#find(hub, id)?.identity;
  }

  #applyOne(report: ConnectionReport): boolean {
    const stored = this.#find(report.hub, report);
    const isNews =
      this.hubs.findActive(report.hub) !== undefined &&
      stored?.identity.generationId === report.generationId &&
      stored.sequenceNumber < report.sequenceNumber;
    if (isNews) {
      stored.sequenceNumber = report.sequenceNumber;
      stored.identity = {
        ...stored.identity,
        connectionState: report.state,
        connectionStateUpdatedTime: report.occurredAt,
        lastActivityTime: report.occurredAt,
      };
    }
    return isNews;
  }

  /** A store answers later; what follows is done at one go. */
  async #turn(hub: string): Promise<void> {
    await Promise.resolve();
    this.hubs.requireActive(hub);
  }

  #find(hub: string, { deviceId, moduleId }: IdentityId): StoredIdentity | undefined {
    return this.#stored.find(
      ({ hub: own, identity }) =>
        own === hub && identity.deviceId === deviceId && identity.moduleId === moduleId,
    );
  }

  #require(hub: string, id: IdentityId): StoredIdentity {
    const device = { deviceId: id.deviceId, moduleId: undefined };
    const stored = this.#find(hub, id);
    if (stored === undefined) {
      throw identityNotFound(this.#find(hub, device) === undefined ? device : id);
    }
    return stored;
  }

  #refuseExisting(hub: string, id: IdentityId): void {
    if (this.#find(hub, id) !== undefined) {
      throw identityExists(id);
    }
  }

  #insert(hub: string, content: IdentityContent): DeviceIdentity {
    const identity = this.#store(hub, content);
    this.hubs.changes.push(identityCreated(this.#hubId(hub), identity));
    return identity;
  }

  #store(hub: string, content: IdentityContent): DeviceIdentity {
    this.#refuseExisting(hub, content);
    const identity: DeviceIdentity = {
      ...content,
      etag: this.#nextEtag(),
      ...neverConnected,
    };
    this.#stored.push({ hub, identity, sequenceNumber: '' });
    return identity;
  }

  #remove(removed: StoredIdentity, modules: readonly StoredIdentity[] = []): void {
    this.#stored = this.#stored.filter((stored) => stored !== removed);
    const gone = modules.map(({ identity }) => identity);
    this.hubs.changes.push(identityDeleted(this.#hubId(removed.hub), removed.identity, gone));
  }

  #hubId(hub: string): HubId {
    return { hub, hubGeneration: this.hubs.requireActive(hub).hubGeneration };
  }

  #devicesOf(hub: string): DeviceIdentity[] {
    return this.#stored
      .filter((stored) => stored.hub === hub && stored.identity.moduleId === undefined)
      .map(({ identity }) => identity);
  }

  #modulesOf(hub: string, deviceId: string): StoredIdentity[] {
    return this.#stored.filter(
      (stored) =>
        stored.hub === hub &&
        stored.identity.deviceId === deviceId &&
        stored.identity.moduleId !== undefined,
    );
  }

  #nextEtag(): string {
    this.#writes += 1;
    return Buffer.from(String(this.#writes)).toString('base64');
  }
}

import type { DeviceIdentityId } from '@linchpin/wire';
import { AccessEntry, type AccessHolder } from './access-entry.js';
import { AccessTable } from './access-table.js';
import type { DeviceConnection } from './device-connection.js';
import type { Grant } from './device-session.js';
import type { HeldIdentity } from './presence.js';
import { SetsByName } from './sets-by-name.js';

/** The access of a device or module. */
export class IdentityEntry extends AccessEntry<Grant> {
  constructor(
    holder: AccessHolder,
    readonly identity: DeviceIdentityId,
    accesses: AccessTable,
  ) {
    super(holder, accesses);
  }
}

/** A connection of this gateway from the moment its credential is judged until it ends. */
export class ConnectionEntry extends IdentityEntry {
  #held: HeldIdentity | undefined;

  constructor(
    readonly connection: DeviceConnection,
    identity: DeviceIdentityId,
    accesses: AccessTable,
  ) {
    super(connection, identity, accesses);
  }

  /** Undefined until it holds its identity. */
  get held(): HeldIdentity | undefined {
    return this.#held;
  }

  hold(held: HeldIdentity): void {
    this.#held = held;
  }
}

/** The connections of devices that this gateway holds, to be found by id and by device; by device also requests. */
export class ConnectionTable {
  /** By hub, back ends among them. */
  readonly accesses = new AccessTable();
  readonly #byId = new Map<string, ConnectionEntry>();
  /** By device id, over all hubs and with modules: few share one. */
  readonly #byDevice = new SetsByName<IdentityEntry>();

  get size(): number {
    return this.#byId.size;
  }

  add(connection: DeviceConnection, identity: DeviceIdentityId): ConnectionEntry {
    const entry = new ConnectionEntry(connection, identity, this.accesses);
    this.#byId.set(connection.id, entry);
    return this.#add(entry);
  }

  /** Of requests, which hold no identity and are no connection of it. */
  addHolder(holder: AccessHolder, identity: DeviceIdentityId): IdentityEntry {
    return this.#add(new IdentityEntry(holder, identity, this.accesses));
  }

  remove(entry: IdentityEntry): void {
    this.accesses.remove(entry);
    if (entry instanceof ConnectionEntry) {
      this.#byId.delete(entry.connection.id);
    }
    this.#byDevice.remove(entry.identity.deviceId, entry);
  }

  find(connectionId: string): ConnectionEntry | undefined {
    return this.#byId.get(connectionId);
  }

  /** Of the device and of its modules, of every hub with a device of that id. */
  ofDevice(deviceId: string): readonly IdentityEntry[] {
    return [...this.#byDevice.of(deviceId)];
  }

  /** Connections alone. */
  all(): readonly ConnectionEntry[] {
    return [...this.#byId.values()];
  }

  #add<Entry extends IdentityEntry>(entry: Entry): Entry {
    this.accesses.add(entry);
    this.#byDevice.add(entry.identity.deviceId, entry);
    return entry;
  }
}

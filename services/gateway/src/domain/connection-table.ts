import type { DeviceIdentityId } from '@linchpin/wire';
import { AccessEntry } from './access-entry.js';
import { AccessTable } from './access-table.js';
import type { DeviceConnection } from './device-connection.js';
import type { Grant } from './device-session.js';
import type { HeldIdentity } from './presence.js';
import { SetsByName } from './sets-by-name.js';

/** A connection of this gateway from the moment its credential is judged until it ends. */
export class ConnectionEntry extends AccessEntry<Grant> {
  #held: HeldIdentity | undefined;

  constructor(
    readonly connection: DeviceConnection,
    readonly identity: DeviceIdentityId,
    accesses: AccessTable,
  ) {
    super(connection, accesses);
  }

  /** Undefined until it holds its identity. */
  get held(): HeldIdentity | undefined {
    return this.#held;
  }

  hold(held: HeldIdentity): void {
    this.#held = held;
  }
}

/** The connections of devices that this gateway holds, to be found by id and by device. */
export class ConnectionTable {
  /** By hub, back ends among them. */
  readonly accesses = new AccessTable();
  readonly #byId = new Map<string, ConnectionEntry>();
  /** By device id, over all hubs and with modules: few share one. */
  readonly #byDevice = new SetsByName<ConnectionEntry>();

  get size(): number {
    return this.#byId.size;
  }

  add(connection: DeviceConnection, identity: DeviceIdentityId): ConnectionEntry {
    const entry = new ConnectionEntry(connection, identity, this.accesses);
    this.accesses.add(entry);
    this.#byId.set(connection.id, entry);
    this.#byDevice.add(identity.deviceId, entry);
    return entry;
  }

  remove(entry: ConnectionEntry): void {
    this.accesses.remove(entry);
    this.#byId.delete(entry.connection.id);
    this.#byDevice.remove(entry.identity.deviceId, entry);
  }

  find(connectionId: string): ConnectionEntry | undefined {
    return this.#byId.get(connectionId);
  }

  /** Connections of the device and of its modules, of every hub with a device of that id. */
  ofDevice(deviceId: string): readonly ConnectionEntry[] {
    return [...this.#byDevice.of(deviceId)];
  }

  all(): readonly ConnectionEntry[] {
    return [...this.#byId.values()];
  }
}

import type { DeviceIdentityId } from '@linchpin/wire';
import type { DeviceConnection } from './device-connection.js';
import type { Grant } from './device-session.js';
import type { HeldIdentity } from './presence.js';

/** A connection of this gateway from the moment its credential is judged until it ends. */
export class ConnectionEntry {
  #grant: Grant | undefined;
  #held: HeldIdentity | undefined;
  /** Hubs that changed while the credential was being judged. */
  readonly #changedHubs = new Set<string>();

  constructor(
    readonly connection: DeviceConnection,
    readonly identity: DeviceIdentityId,
  ) {}

  /** Undefined while the credential is being judged. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  /** Undefined until it holds its identity. */
  get held(): HeldIdentity | undefined {
    return this.#held;
  }

  beginJudgement(): void {
    this.#changedHubs.clear();
  }

  /**
   * A hub, or a device of this id in it, changed while the credential was being judged. Whether it is the
   * client's hub, only the verdict tells; whoever changes another must not have it judged again and again.
   */
  markStale(hub: string): void {
    this.#changedHubs.add(hub);
  }

  /** False when the verdict may be out of date. */
  establish(grant: Grant): boolean {
    if (this.#changedHubs.has(grant.hub)) {
      return false;
    }
    this.#grant = grant;
    return true;
  }

  hold(held: HeldIdentity): void {
    this.#held = held;
  }
}

/** The connections that this gateway holds, to be found by id and by device. */
export class ConnectionTable {
  readonly #byId = new Map<string, ConnectionEntry>();
  /** By device id, over all hubs and with modules: few share one. */
  readonly #byDevice = new Map<string, Set<ConnectionEntry>>();

  get size(): number {
    return this.#byId.size;
  }

  add(connection: DeviceConnection, identity: DeviceIdentityId): ConnectionEntry {
    const entry = new ConnectionEntry(connection, identity);
    this.#byId.set(connection.id, entry);
    const sameDevice = this.#byDevice.get(identity.deviceId);
    if (sameDevice === undefined) {
      this.#byDevice.set(identity.deviceId, new Set([entry]));
    } else {
      sameDevice.add(entry);
    }
    return entry;
  }

  remove(entry: ConnectionEntry): void {
    this.#byId.delete(entry.connection.id);
    const { deviceId } = entry.identity;
    const sameDevice = this.#byDevice.get(deviceId);
    sameDevice?.delete(entry);
    if (sameDevice?.size === 0) {
      this.#byDevice.delete(deviceId);
    }
  }

  find(connectionId: string): ConnectionEntry | undefined {
    return this.#byId.get(connectionId);
  }

  /** Connections of the device and of its modules, of every hub with a device of that id. */
  ofDevice(deviceId: string): readonly ConnectionEntry[] {
    return [...(this.#byDevice.get(deviceId) ?? [])];
  }

  all(): readonly ConnectionEntry[] {
    return [...this.#byId.values()];
  }
}

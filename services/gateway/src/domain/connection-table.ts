import type { DeviceIdentityId } from '@linchpin/wire';
import type { DeviceConnection } from './device-connection.js';
import type { Grant } from './device-session.js';
import type { HeldIdentity } from './presence.js';

/** Is told of what a connection can be found by. */
interface EntryIndex {
  judgementBegins(entry: ConnectionEntry): void;
  judgementEnds(entry: ConnectionEntry): void;
}

/** A connection of this gateway from the moment its credential is judged until it ends. */
export class ConnectionEntry {
  #grant: Grant | undefined;
  #held: HeldIdentity | undefined;
  /** Hubs that changed while the credential was being judged. */
  readonly #changedHubs = new Set<string>();
  #isBeingJudged = true;

  constructor(
    readonly connection: DeviceConnection,
    readonly identity: DeviceIdentityId,
    private readonly index: EntryIndex,
  ) {
    index.judgementBegins(this);
  }

  /** Undefined until a credential was judged good. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  /** Undefined until it holds its identity. */
  get held(): HeldIdentity | undefined {
    return this.#held;
  }

  /** Of its first credential, or of a newer one. */
  get isBeingJudged(): boolean {
    return this.#isBeingJudged;
  }

  beginJudgement(): void {
    this.#changedHubs.clear();
    this.#isBeingJudged = true;
    this.index.judgementBegins(this);
  }

  /** What it rests on stays as it was. */
  endJudgement(): void {
    this.#isBeingJudged = false;
    this.index.judgementEnds(this);
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
    this.endJudgement();
    return true;
  }

  hold(held: HeldIdentity): void {
    this.#held = held;
  }
}

/** The connections that this gateway holds, to be found by id, by device and by hub. */
export class ConnectionTable {
  readonly #byId = new Map<string, ConnectionEntry>();
  /** By device id, over all hubs and with modules: few share one. */
  readonly #byDevice = new Map<string, Set<ConnectionEntry>>();
  readonly #byHub = new Map<string, Set<ConnectionEntry>>();
  /** Whose credential is being judged: of most of them no hub is known yet. */
  readonly #judged = new Set<ConnectionEntry>();
  readonly #index: EntryIndex = {
    judgementBegins: (entry) => {
      this.#judged.add(entry);
    },
    judgementEnds: (entry) => {
      this.#judged.delete(entry);
      // One that has gone meanwhile is to be found no more.
      if (entry.grant !== undefined && this.#byId.get(entry.connection.id) === entry) {
        addTo(this.#byHub, entry.grant.hub, entry);
      }
    },
  };

  get size(): number {
    return this.#byId.size;
  }

  add(connection: DeviceConnection, identity: DeviceIdentityId): ConnectionEntry {
    const entry = new ConnectionEntry(connection, identity, this.#index);
    this.#byId.set(connection.id, entry);
    addTo(this.#byDevice, identity.deviceId, entry);
    return entry;
  }

  remove(entry: ConnectionEntry): void {
    this.#byId.delete(entry.connection.id);
    this.#judged.delete(entry);
    removeFrom(this.#byDevice, entry.identity.deviceId, entry);
    if (entry.grant !== undefined) {
      removeFrom(this.#byHub, entry.grant.hub, entry);
    }
  }

  find(connectionId: string): ConnectionEntry | undefined {
    return this.#byId.get(connectionId);
  }

  /** Connections of the device and of its modules, of every hub with a device of that id. */
  ofDevice(deviceId: string): readonly ConnectionEntry[] {
    return [...(this.#byDevice.get(deviceId) ?? [])];
  }

  /** Connections whose credential is being judged. */
  judged(): readonly ConnectionEntry[] {
    return [...this.#judged];
  }

  /** Connections of the hub, and those that may turn out to be. Others cost nothing. */
  ofHub(hub: string): readonly ConnectionEntry[] {
    return [...new Set([...this.#judged, ...(this.#byHub.get(hub) ?? [])])];
  }

  all(): readonly ConnectionEntry[] {
    return [...this.#byId.values()];
  }
}

type Entries = Map<string, Set<ConnectionEntry>>;

function addTo(entries: Entries, name: string, entry: ConnectionEntry): void {
  const named = entries.get(name);
  if (named === undefined) {
    entries.set(name, new Set([entry]));
  } else {
    named.add(entry);
  }
}

function removeFrom(entries: Entries, name: string, entry: ConnectionEntry): void {
  const named = entries.get(name);
  named?.delete(entry);
  if (named?.size === 0) {
    entries.delete(name);
  }
}

import { AccessEntry, type Access, type AccessHolder } from './access-entry.js';
import { SetsByName } from './sets-by-name.js';

/** Whoever has access here, or is being judged, to be found by hub: devices and back ends. */
export class AccessTable {
  readonly #entries = new Set<AccessEntry>();
  readonly #byHub = new SetsByName<AccessEntry>();
  /** Whose credential is being judged: of most of them no hub is known yet. */
  readonly #judged = new Set<AccessEntry>();

  /** Of a back end; connections of devices have more to be found by. */
  addHolder<Granted extends Access>(holder: AccessHolder): AccessEntry<Granted> {
    const entry = new AccessEntry<Granted>(holder, this);
    this.add(entry);
    return entry;
  }

  add(entry: AccessEntry): void {
    this.#entries.add(entry);
  }

  remove(entry: AccessEntry): void {
    this.#entries.delete(entry);
    this.#judged.delete(entry);
    if (entry.grant !== undefined) {
      this.#byHub.remove(entry.grant.hub, entry);
    }
  }

  /** Whose credential is being judged. */
  judged(): readonly AccessEntry[] {
    return [...this.#judged];
  }

  /** Those of the hub, and those that may turn out to be. Others cost nothing. */
  ofHub(hub: string): readonly AccessEntry[] {
    return [...new Set([...this.#judged, ...this.#byHub.of(hub)])];
  }

  /** Called by the entry. */
  judgementBegins(entry: AccessEntry): void {
    this.#judged.add(entry);
  }

  /** Called by the entry. */
  judgementEnds(entry: AccessEntry): void {
    this.#judged.delete(entry);
    // One that has gone meanwhile is to be found no more.
    if (entry.grant !== undefined && this.#entries.has(entry)) {
      this.#byHub.add(entry.grant.hub, entry);
    }
  }
}

import { formatHubId } from '@linchpin/wire';
import type { ConnectionTable } from './connection-table.js';
import { cutOff, markJudged, type EndingChange } from './cut-off.js';

export type HubUpdated = Extract<EndingChange, { readonly kind: 'hubUpdated' }>;

/**
 * Of a hub with many connections each change is a walk over all of them, and its owner may make changes faster
 * than they are walked. So one walk of a hub is under way at a time, and what has changed meanwhile is looked
 * for in the next: whatever was revoked, by the IP rules that hold then.
 */
export class HubWalks {
  /** Of hubs that are walked, what is to be looked for in the next walk. */
  readonly #next = new Map<string, HubUpdated | undefined>();

  constructor(private readonly table: ConnectionTable) {}

  /** As `cutOff`; resolves when there is nothing left to look for, or when another call of it does the rest. */
  async cutOff(change: HubUpdated): Promise<void> {
    const hub = formatHubId(change);
    if (this.#next.has(hub)) {
      markJudged(this.table, change);
      this.#next.set(hub, merge(this.#next.get(hub), change));
      return;
    }
    for (let next: HubUpdated | undefined = change; next !== undefined;) {
      this.#next.set(hub, undefined);
      await cutOff(this.table, next);
      next = this.#next.get(hub);
    }
    this.#next.delete(hub);
  }
}

function merge(earlier: HubUpdated | undefined, later: HubUpdated): HubUpdated {
  const revoked = [...(earlier?.revokedCredentialIds ?? []), ...later.revokedCredentialIds];
  return { ...later, revokedCredentialIds: [...new Set(revoked)] };
}

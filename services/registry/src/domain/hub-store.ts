/** Where hubs and their policies are kept. Names are compared without regard to letter case. */
import type { HubCounts } from '@linchpin/wire';
import type { ChosenSettings, Hub, HubDefinition } from './hub.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';

export interface HubStore {
  /**
   * Stores a hub in state `activating`, all of it or nothing. Where a hub of that name exists,
   * whatever its definition, nothing changes.
   *
   * @param chosen the defaults, unless the administrator chose others
   * @returns whether it was stored
   * @throws HubError GenericConflict naming the host name that belongs to another hub
   */
  insert(
    hub: HubDefinition,
    policies: readonly SharedAccessPolicy[],
    chosen?: ChosenSettings,
  ): Promise<boolean>;

  find(name: string): Promise<Hub | undefined>;

  /**
   * Runs `work` while nobody else, in any process, runs such work on the hub: two that make and delete
   * it at once must not undo each other's steps.
   */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result>;

  /** By name, those that come after `after`. */
  list(after: string, limit: number): Promise<readonly Hub[]>;

  /** Those of a subscription, in any state. */
  count(subscriptionId: string): Promise<HubCounts>;

  /** Those that are being made or deleted, or whose topic is outdated. */
  listUnfinished(limit: number): Promise<readonly Hub[]>;

  /** From `activating` to `active`; a hub in another state stays in it. */
  activate(name: string): Promise<void>;

  /** The topic keeps telemetry this long by now: it is outdated no more, if that is what the hub says. */
  confirmRetention(name: string, retentionDays: number): Promise<void>;

  /** From any state to `deleting`; the first call also stores the RegistryChange `hubDeleted`. */
  markDeleting(name: string): Promise<void>;

  /** Removes a hub in state `deleting` with all that is its own. May be repeated. */
  purge(name: string): Promise<void>;

  /** By name. Those of a hub in any state: a new hub's first answer already holds its keys. */
  listPolicies(name: string): Promise<readonly SharedAccessPolicy[]>;
}

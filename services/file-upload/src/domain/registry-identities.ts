/** The registry as jobs use it. A hub is named; another one of that name than the actor's does not exist. */
import type { BulkChange, Identity } from '@linchpin/wire';

export interface RegistryIdentities {
  /** @throws HubError IotHubNotFound */
  generationOf(hub: string): Promise<string>;

  /** Devices and modules together. */
  count(hub: string): Promise<number>;

  /**
   * By device id, each device before its modules; fewer than `limit` are the last ones.
   *
   * @throws HubError IotHubNotFound
   */
  list(
    hub: string,
    after: IdentityPosition | undefined,
    limit: number,
  ): Promise<readonly Identity[]>;

  /**
   * Makes changes in their order, none depending on another.
   *
   * @returns for each change undefined, or why it was refused
   * @throws HubError when none was made
   */
  apply(hub: string, changes: readonly BulkChange[]): Promise<readonly (RowRefusal | undefined)[]>;
}

export interface IdentityPosition {
  readonly deviceId: string;
  /** Empty for a device. */
  readonly moduleId: string;
}

export interface RowRefusal {
  readonly code: string;
  readonly message: string;
}

/** As many as the registry takes at once. */
export const rowsPerCallMax = 100;
export const identitiesPerPageMax = 500;

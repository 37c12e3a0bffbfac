/** Many identities at once (service-rest.md sections 2.8 and 4). */
import type { BulkChange, DeviceIdentityId, HubError } from '@linchpin/wire';

export type RegeneratedKeys = 'primary' | 'secondary' | 'both';

/** Both keys as they are now. */
export interface IdentityKeys {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Errors of a whole call are thrown as HubError; then nothing was changed. */
export interface BulkRegistry {
  /** @returns for each change, in their order, why it was refused; undefined when it was applied */
  apply(hub: string, changes: readonly BulkChange[]): Promise<readonly (HubError | undefined)[]>;

  /** @returns for each identity, in their order, its keys, or why it got none */
  regenerateKeys(
    hub: string,
    identities: readonly DeviceIdentityId[],
    which: RegeneratedKeys,
  ): Promise<readonly (IdentityKeys | HubError)[]>;
}

/** Many identities at once (service-rest.md sections 2.8 and 4). */
import type { BulkAction, DeviceIdentityId, HubError, IdentityDefinition } from '@linchpin/wire';

export interface BulkChange {
  readonly action: BulkAction;
  /** Of a deletion only the ids count. */
  readonly definition: IdentityDefinition;
  /** `*`, or the tag that an identity which is there must have; undefined: whatever it has. */
  readonly ifMatch: string | undefined;
}

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

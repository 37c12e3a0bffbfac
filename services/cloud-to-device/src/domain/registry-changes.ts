/** What follows for messages from what the registry tells. */
import type { HubId } from '@linchpin/wire';
import type { CloudToDeviceSettings } from './recipient.js';

export type ToldChange = HubId &
  (
    | {
        readonly kind: 'deleted';
        readonly deviceId: string;
        /** Of the identity, and of the modules that went with a device. */
        readonly generationIds: readonly string[];
      }
    | { readonly kind: 'hubUpdated'; readonly settings: CloudToDeviceSettings }
    | { readonly kind: 'hubDeleted' }
  );

export interface KeptIdentities {
  /**
   * Their messages go, and what is to be told of messages that have ended (amqp.md section 8.2). Nothing is taken for
   * them any more.
   */
  remove(hub: HubId, deviceId: string, generationIds: readonly string[]): Promise<void>;
  changeSettings(hub: HubId, settings: CloudToDeviceSettings): Promise<void>;
  /** Nothing is taken for it any more; what is there goes in the background. */
  markHubDeleted(hub: HubId): Promise<void>;
  /** @returns whether there may be more */
  removeSomeOfDeletedHubs(): Promise<boolean>;
  /** What was being sent to them when they were deleted. @returns whether there may be more */
  removeSomeSentLate(): Promise<boolean>;
}

export async function applyChanges(
  identities: KeptIdentities,
  changes: readonly ToldChange[],
): Promise<void> {
  for (const change of changes) {
    switch (change.kind) {
      case 'deleted':
        await identities.remove(change, change.deviceId, change.generationIds);
        break;
      case 'hubUpdated':
        await identities.changeSettings(change, change.settings);
        break;
      case 'hubDeleted':
        await identities.markHubDeleted(change);
        break;
    }
  }
}

/** Keeps the copy of the registry's identities by what it tells of them, in order for each device. */
import { formatHubId, formatIdentityId, type HubId } from '@linchpin/wire';
import type { HubCopies } from './hub-copies.js';
import type { CopiedIdentity, IdentityCopy } from './identity-copy.js';

export type ToldChange = HubId &
  (
    | { readonly kind: 'written'; readonly identity: CopiedIdentity }
    | {
        readonly kind: 'deleted';
        readonly deviceId: string;
        /** Of the identity, and of the modules that went with a device. */
        readonly generationIds: readonly string[];
      }
    | { readonly kind: 'hubDeleted' }
  );

interface RegistryChangesParts {
  readonly copy: IdentityCopy;
  readonly hubs: HubCopies;
}

interface HubWrites {
  readonly hub: HubId;
  /** The last of each identity. */
  readonly identities: Map<string, CopiedIdentity>;
}

export async function applyChanges(
  { copy, hubs }: RegistryChangesParts,
  changes: readonly ToldChange[],
): Promise<void> {
  const waiting = new Map<string, HubWrites>();
  const write = async (key: string): Promise<void> => {
    const { hub, identities } = waiting.get(key) ?? {};
    waiting.delete(key);
    if (hub !== undefined && identities !== undefined) {
      await copy.put(hub, [...identities.values()]);
    }
  };
  for (const change of changes) {
    const hub = { hub: change.hub, hubGeneration: change.hubGeneration };
    const key = formatHubId(hub);
    switch (change.kind) {
      case 'written': {
        const writes = waiting.get(key) ?? { hub, identities: new Map() };
        writes.identities.set(formatIdentityId(change.identity), change.identity);
        waiting.set(key, writes);
        break;
      }
      case 'deleted':
        await write(key);
        await copy.remove(hub, change.deviceId, change.generationIds);
        break;
      case 'hubDeleted':
        waiting.delete(key);
        await hubs.markDeleted(change.hubGeneration);
        break;
    }
  }
  for (const key of [...waiting.keys()]) {
    await write(key);
  }
}

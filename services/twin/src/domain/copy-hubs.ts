/** Makes the twins of identities that were there before this service was, once for each hub. */
import type { HubId } from '@linchpin/wire';
import type { HubCopies } from './hub-copies.js';
import type { CopiedIdentity, IdentityCopy } from './identity-copy.js';

export interface RegistryPages {
  /** Active hubs. */
  listHubs(): AsyncIterable<readonly HubId[]>;
  /** By device id, each device before its modules. @throws HubError IotHubNotFound */
  listIdentities(hub: HubId): AsyncIterable<readonly CopiedIdentity[]>;
}

interface CopyHubsParts {
  readonly registry: RegistryPages;
  readonly hubs: HubCopies;
  readonly copy: IdentityCopy;
}

/**
 * What changes meanwhile is told beside it, and what was told of an identity later than its page was read is
 * of a newer generation, or comes again with its next change.
 *
 * @param onCopied hears of each hub with how many identities it had
 */
export async function copyHubs(
  { registry, hubs, copy }: CopyHubsParts,
  signal: AbortSignal,
  onCopied: (hub: HubId, identities: number) => void,
): Promise<void> {
  for await (const page of registry.listHubs()) {
    for (const hub of await hubs.findUncopied(page)) {
      let count = 0;
      for await (const identities of registry.listIdentities(hub)) {
        if (signal.aborted) {
          return;
        }
        await copy.put(hub, identities);
        count += identities.length;
      }
      await hubs.markCopied(hub.hubGeneration);
      onCopied(hub, count);
    }
  }
}

/** Hubs go without a word to this service: now and then it asks for those of which it keeps something. */
import { HubError, type HubId } from '@linchpin/wire';
import type { KeptUploads } from './kept-uploads.js';
import type { RegistryIdentities } from './registry-identities.js';

interface DeletedHubsParts {
  readonly uploads: Pick<KeptUploads, 'listHubs' | 'removeSomeOf'>;
  readonly registry: Pick<RegistryIdentities, 'generationOf'>;
}

const hubsAtOnce = 100;

/** Removes what is kept of hubs that are no more, or that others have the names of by now. */
export async function removeDeletedHubs(
  { uploads, registry }: DeletedHubsParts,
  signal: AbortSignal,
): Promise<void> {
  let hubs = await uploads.listHubs('', hubsAtOnce);
  while (hubs.length > 0) {
    for (const hub of hubs) {
      if (signal.aborted) {
        return;
      }
      if (!(await isThere(hub, registry))) {
        await removeAll(hub, uploads, signal);
      }
    }
    hubs = await uploads.listHubs(hubs.at(-1)?.hubGeneration ?? '', hubsAtOnce);
  }
}

async function isThere(
  { hub, hubGeneration }: HubId,
  registry: DeletedHubsParts['registry'],
): Promise<boolean> {
  try {
    return (await registry.generationOf(hub)) === hubGeneration;
  } catch (error) {
    if (error instanceof HubError && error.code === 'IotHubNotFound') {
      return false;
    }
    throw error;
  }
}

async function removeAll(
  hub: HubId,
  uploads: DeletedHubsParts['uploads'],
  signal: AbortSignal,
): Promise<void> {
  let isMore = true;
  while (isMore && !signal.aborted) {
    isMore = await uploads.removeSomeOf(hub);
  }
}

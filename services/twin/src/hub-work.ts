/** Work about whole hubs that goes on in the background. */
import { RepeatedWork } from '@linchpin/platform/lifecycle';
import { copyHubs, type RegistryPages } from './domain/copy-hubs.js';
import type { HubCopies } from './domain/hub-copies.js';
import type { IdentityCopy } from './domain/identity-copy.js';
import type { TwinEvents } from './events.js';

interface HubWorkParts {
  readonly registry: RegistryPages;
  readonly hubs: HubCopies;
  readonly copy: IdentityCopy;
  readonly events: TwinEvents;
}

const copyPeriodMs = 60_000;
const removalPeriodMs = 2_000;

/** Any number of processes may do it at once: what one has done another finds done. */
export function startCopyingHubs(parts: HubWorkParts): RepeatedWork {
  const { events } = parts;
  return RepeatedWork.start(async (signal) => {
    await copyHubs(parts, signal, (hub, identities) => {
      events.hubCopied(hub, identities);
    }).catch((error: unknown) => {
      events.hubsUncopied(error);
    });
  }, copyPeriodMs);
}

export function startRemovingDeletedHubs({ hubs, events }: HubWorkParts): RepeatedWork {
  return RepeatedWork.start(async (signal) => {
    try {
      let isMore = true;
      while (isMore && !signal.aborted) {
        isMore = await hubs.removeSomeOfDeleted();
      }
    } catch (error) {
      events.deletedHubsUnremoved(error);
    }
  }, removalPeriodMs);
}

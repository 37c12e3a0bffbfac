/** Work about uploads that goes on in the background. Any number of processes may do it at once. */
import { RepeatedWork } from '@linchpin/platform/lifecycle';
import { removeDeletedHubs } from './domain/deleted-hubs.js';
import type { FileNotifications } from './domain/file-notifications.js';
import type { KeptUploads } from './domain/kept-uploads.js';
import type { RegistryIdentities } from './domain/registry-identities.js';
import type { FileUploadEvents, Removed } from './events.js';

export interface UploadWorkParts {
  readonly uploads: KeptUploads;
  readonly notifications: Pick<FileNotifications, 'expireSome'>;
  readonly registry: Pick<RegistryIdentities, 'generationOf'>;
  readonly events: UploadWorkEvents;
}

type UploadWorkEvents = Pick<
  FileUploadEvents,
  'uploadsExpired' | 'notificationsEnded' | 'removalFails' | 'removalWorks'
>;

interface Removal {
  readonly removed: Removed;
  readonly remove: (signal: AbortSignal) => Promise<void>;
}

const expiryPeriodMs = 1_000;
/** What a deleted hub leaves nobody can receive: it only takes room. */
const deletedHubsPeriodMs = 600_000;

/** Ends what nobody completed or received in time, and forgets what is over for long. */
export function startExpiringUploads(parts: UploadWorkParts): RepeatedWork {
  const { uploads, notifications, events } = parts;
  const removals: Removal[] = [
    {
      removed: 'expired-uploads',
      remove: whileMore(async () => {
        const expired = await uploads.expireSome();
        events.uploadsExpired(expired);
        return expired > 0;
      }),
    },
    { removed: 'old-uploads', remove: whileMore(() => uploads.removeSomeOld()) },
    {
      removed: 'expired-notifications',
      remove: whileMore(async () => {
        const expired = await notifications.expireSome();
        events.notificationsEnded('expired', expired);
        return expired > 0;
      }),
    },
  ];
  return RepeatedWork.start((signal) => doAll(removals, events, signal), expiryPeriodMs);
}

export function startRemovingDeletedHubs(parts: UploadWorkParts): RepeatedWork {
  const removals: Removal[] = [
    { removed: 'deleted-hubs', remove: (signal) => removeDeletedHubs(parts, signal) },
  ];
  return RepeatedWork.start((signal) => doAll(removals, parts.events, signal), deletedHubsPeriodMs);
}

/** One that fails keeps none of the others from its turn. */
async function doAll(
  removals: readonly Removal[],
  events: UploadWorkEvents,
  signal: AbortSignal,
): Promise<void> {
  for (const { removed, remove } of removals) {
    try {
      await remove(signal);
      events.removalWorks(removed);
    } catch (error) {
      events.removalFails(removed, error);
    }
  }
}

/** @param work says whether there may be more */
function whileMore(work: () => Promise<boolean>): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    let isMore = true;
    while (isMore && !signal.aborted) {
      isMore = await work();
    }
  };
}

/** Work about messages that goes on in the background. Any number of processes may do it at once. */
import { RepeatedWork } from '@linchpin/platform/lifecycle';
import type { CloudToDeviceParts } from './cloud-to-device.module.js';
import type { FeedbackQueue } from './domain/feedback.js';
import type { MessageQueue } from './domain/message-queue.js';
import type { KeptIdentities } from './domain/registry-changes.js';
import type { CloudToDeviceEvents, Removed } from './events.js';

const expiryPeriodMs = 1_000;
const sweepPeriodMs = 1_000;
const removalPeriodMs = 2_000;

type RemovalEvents = Pick<CloudToDeviceEvents, 'removalFails' | 'removalWorks'>;

interface ExpiryParts {
  readonly queue: Pick<MessageQueue, 'expireSome'>;
  readonly feedback: Pick<FeedbackQueue, 'expireSome'>;
  readonly events: RemovalEvents;
}

interface DeletionParts {
  readonly identities: Pick<KeptIdentities, 'removeSomeOfDeletedHubs' | 'removeSomeSentLate'>;
  readonly events: RemovalEvents;
}

interface Removal {
  readonly removed: Removed;
  /** @returns whether there may be more */
  readonly removeSome: () => Promise<boolean>;
}

/** Ends messages and feedback whose time is over. */
export function startExpiring({ queue, feedback, events }: ExpiryParts): RepeatedWork {
  const removals: Removal[] = [
    { removed: 'expired-messages', removeSome: () => queue.expireSome() },
    { removed: 'expired-feedback', removeSome: () => feedback.expireSome() },
  ];
  return startRemoving(removals, events, expiryPeriodMs);
}

/** Tells gateways what they could not be told before. */
export function startSweepingHints({ hints }: CloudToDeviceParts): RepeatedWork {
  return RepeatedWork.start((signal) => hints.sweep(signal), sweepPeriodMs);
}

export function startRemovingDeleted({ identities, events }: DeletionParts): RepeatedWork {
  const removals: Removal[] = [
    { removed: 'deleted-hubs', removeSome: () => identities.removeSomeOfDeletedHubs() },
    { removed: 'deleted-identities', removeSome: () => identities.removeSomeSentLate() },
  ];
  return startRemoving(removals, events, removalPeriodMs);
}

/** One that fails keeps none of the others from its turn. */
function startRemoving(
  removals: readonly Removal[],
  events: RemovalEvents,
  periodMs: number,
): RepeatedWork {
  return RepeatedWork.start(async (signal) => {
    for (const { removed, removeSome } of removals) {
      try {
        await whileMore(signal, removeSome);
        events.removalWorks(removed);
      } catch (error) {
        events.removalFails(removed, error);
      }
    }
  }, periodMs);
}

async function whileMore(signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
  let isMore = true;
  while (isMore && !signal.aborted) {
    isMore = await work();
  }
}

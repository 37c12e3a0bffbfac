/** Work about messages that goes on in the background. Any number of processes may do it at once. */
import { RepeatedWork } from '@linchpin/platform/lifecycle';
import type { CloudToDeviceParts } from './cloud-to-device.module.js';
import type { FeedbackQueue } from './domain/feedback.js';
import type { MessageQueue } from './domain/message-queue.js';
import type { KeptIdentities } from './domain/registry-changes.js';
import type { CloudToDeviceEvents } from './events.js';

const expiryPeriodMs = 1_000;
const sweepPeriodMs = 1_000;
const removalPeriodMs = 2_000;

interface ExpiryParts {
  readonly queue: Pick<MessageQueue, 'expireSome'>;
  readonly feedback: Pick<FeedbackQueue, 'expireSome'>;
  readonly events: Pick<CloudToDeviceEvents, 'expiryFails' | 'expiryWorks'>;
}

interface RemovalParts {
  readonly identities: Pick<KeptIdentities, 'removeSomeOfDeletedHubs' | 'removeSomeSentLate'>;
  readonly events: Pick<CloudToDeviceEvents, 'removalFails' | 'removalWorks'>;
}

/** Ends messages and feedback whose time is over. */
export function startExpiring({ queue, feedback, events }: ExpiryParts): RepeatedWork {
  return RepeatedWork.start(async (signal) => {
    try {
      await whileMore(signal, () => queue.expireSome());
      await whileMore(signal, () => feedback.expireSome());
      events.expiryWorks();
    } catch (error) {
      events.expiryFails(error);
    }
  }, expiryPeriodMs);
}

/** Tells gateways what they could not be told before. */
export function startSweepingHints({ hints }: CloudToDeviceParts): RepeatedWork {
  return RepeatedWork.start((signal) => hints.sweep(signal), sweepPeriodMs);
}

export function startRemovingDeleted({ identities, events }: RemovalParts): RepeatedWork {
  return RepeatedWork.start(async (signal) => {
    try {
      await whileMore(signal, () => identities.removeSomeOfDeletedHubs());
      await whileMore(signal, () => identities.removeSomeSentLate());
      events.removalWorks();
    } catch (error) {
      events.removalFails(error);
    }
  }, removalPeriodMs);
}

async function whileMore(signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
  let isMore = true;
  while (isMore && !signal.aborted) {
    isMore = await work();
  }
}

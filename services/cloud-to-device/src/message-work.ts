/** Work about messages that goes on in the background. Any number of processes may do it at once. */
import { RepeatedWork } from '@linchpin/platform/lifecycle';
import type { CloudToDeviceParts } from './cloud-to-device.module.js';

const expiryPeriodMs = 1_000;
const sweepPeriodMs = 1_000;
const removalPeriodMs = 2_000;

/** Ends messages and feedback whose time is over. */
export function startExpiring({ queue, feedback, events }: CloudToDeviceParts): RepeatedWork {
  return RepeatedWork.start(async (signal) => {
    try {
      await whileMore(signal, () => queue.expireSome());
      await whileMore(signal, () => feedback.expireSome());
      events.backgroundWorks();
    } catch (error) {
      events.backgroundFails(error);
    }
  }, expiryPeriodMs);
}

/** Tells gateways what they could not be told before. */
export function startSweepingHints({ hints }: CloudToDeviceParts): RepeatedWork {
  return RepeatedWork.start((signal) => hints.sweep(signal), sweepPeriodMs);
}

export function startRemovingDeletedHubs({ identities, events }: CloudToDeviceParts): RepeatedWork {
  return RepeatedWork.start(async (signal) => {
    try {
      await whileMore(signal, () => identities.removeSomeOfDeletedHubs());
    } catch (error) {
      events.backgroundFails(error);
    }
  }, removalPeriodMs);
}

async function whileMore(signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
  let isMore = true;
  while (isMore && !signal.aborted) {
    isMore = await work();
  }
}

/** Asks a probe again and again until it says yes, for a bounded time. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from './plan.js';

export interface WaitLimits {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** One question may take this long; a hanging answer is a no. */
  readonly questionTimeoutMs: number;
}

export const startLimits: WaitLimits = {
  intervalMs: 50,
  timeoutMs: 120_000,
  questionTimeoutMs: 2_000,
};

/** @returns false when the time was up; rejects with the signal's reason when that is aborted */
export async function waitUntilReady(
  probe: Probe,
  signal: AbortSignal,
  limits: WaitLimits = startLimits,
): Promise<boolean> {
  const endAt = Date.now() + limits.timeoutMs;
  while (Date.now() < endAt) {
    signal.throwIfAborted();
    if (await ask(probe, signal, limits.questionTimeoutMs)) {
      return true;
    }
    await delay(limits.intervalMs, undefined, { signal });
  }
  return false;
}

/** One question with a deadline; whatever goes wrong is a no. */
export async function ask(probe: Probe, signal: AbortSignal, timeoutMs: number): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await Promise.race([probe(deadline), aborted(deadline)]);
  } catch {
    return false;
  }
}

async function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
    }
    signal.addEventListener(
      'abort',
      () => {
        resolve(false);
      },
      { once: true },
    );
  });
}

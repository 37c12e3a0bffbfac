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

/**
 * @returns nothing once it is ready; when the time is up, why it is not. Rejects when the signal is
 * aborted.
 */
export async function waitUntilReady(
  probe: Probe,
  signal: AbortSignal,
  limits: WaitLimits = startLimits,
): Promise<string | undefined> {
  const endAt = Date.now() + limits.timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const reason = await ask(probe, signal, limits.questionTimeoutMs);
    if (reason === undefined || Date.now() >= endAt) {
      return reason;
    }
    await delay(limits.intervalMs, undefined, { signal });
  }
}

/** One question with a deadline. @returns nothing when the answer is yes, else why it is not */
export async function ask(
  probe: Probe,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<string | undefined> {
  const deadline = new AbortController();
  const end = (): void => {
    deadline.abort();
  };
  const timer = setTimeout(end, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([probe(deadline.signal), noAnswer(deadline.signal, timeoutMs)]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

async function noAnswer(signal: AbortSignal, timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
  });
}

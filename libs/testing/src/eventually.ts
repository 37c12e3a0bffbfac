import { setTimeout as delay } from 'node:timers/promises';

const lookMs = 20;

/** Resolves once it is true. @throws Error when it is not in time */
export async function eventually(
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
  what = 'what was waited for',
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) {
      throw new Error(`${what} did not come within ${timeoutMs} ms`);
    }
    await delay(lookMs);
  }
}

/** Looks again until `check` no longer throws. @throws what it threw last, when it is not in time */
export async function eventuallyPasses(
  check: () => Promise<void> | void,
  timeoutMs = 15_000,
): Promise<void> {
  let failure: unknown;
  const passes = async (): Promise<boolean> => {
    try {
      await check();
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  };
  await eventually(passes, timeoutMs).catch(() => {
    throw failure;
  });
}

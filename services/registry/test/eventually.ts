import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again until `check` no longer throws; throws what it threw last after `ms`. */
export async function eventually(check: () => Promise<void> | void, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await delay(50);
    }
  }
}

import { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.js';

export type { Redis } from 'ioredis';

/** Longer than a restart of Redis takes, shorter than what waits on the answer may wait. */
export const commandTimeoutMs = 3_000;

/** A connection on which nothing comes for so long, though an answer is due, is given up. */
const silenceMs = 5_000;

/**
 * A connection that reconnects by itself. A command given meanwhile waits for the connection, at
 * most 3 s, and fails then. Redis may carry it out later all the same: it has been sent, or will be. Who has
 * subscribed does so again when it is `ready` again.
 */
export function openRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
    // Nobody hears when that fails, and a rejection that nobody hears ends the process.
    autoResubscribe: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
  redis.on('error', (error: Error) => {
    logger.warn({ err: error }, 'Redis does not answer');
  });
  return redis;
}

/** Of its own clock, ms since 1970 with a fraction. */
export async function timeMsOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

/** After what it was given is answered. One whose connection is lost has nothing to wait for. */
export async function closeRedis(redis: Redis): Promise<void> {
  try {
    await redis.quit();
  } catch {
    redis.disconnect();
  }
}

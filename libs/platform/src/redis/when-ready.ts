import type { Redis } from 'ioredis';

const waits = new WeakMap<Redis, Promise<void>>();

/**
 * Resolves when Redis answers: at once while the connection stands, else when it stands again. A command
 * that is given to the connection meanwhile would be carried out then, whoever still waited for it.
 */
export async function whenReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') {
    return;
  }
  // One listener for all who wait.
  const ready = waits.get(redis) ?? nextReady(redis);
  waits.set(redis, ready);
  await ready;
}

function nextReady(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    redis.once('ready', () => {
      waits.delete(redis);
      resolve();
    });
  });
}

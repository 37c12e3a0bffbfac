import type { Redis } from '@linchpin/platform/redis';
import type { PresenceKeys } from '@linchpin/presence';
import { forgetWithHubScript } from './presence-scripts.js';
import { RedisLease } from './redis-lease.js';

/** Keys that are looked at in one step. */
const scanBatch = 500;
/** Longer than a step takes; each renews it. */
const leaseMs = 30_000;

/** Removes what is kept of the identities of hubs that `RedisPresence.forgetHub` told of. */
export class DeletedHubs {
  readonly #lease: RedisLease;

  constructor(
    private readonly redis: Redis,
    private readonly keys: PresenceKeys,
    gatewayId: string,
  ) {
    this.#lease = new RedisLease(redis, { key: keys.forgettingLease, owner: gatewayId, leaseMs });
  }

  /**
   * Looks through all that Redis keeps, a step at a time, unless no hub is deleted or another gateway does
   * so already. A hub of which somebody is still held stays for the next time: a gateway has not heard of
   * its end yet, or is lost and will be swept.
   *
   * @param signal leaves the rest for the next time
   * @throws when Redis does not answer: the rest must be done later
   */
  async forget(signal?: AbortSignal): Promise<void> {
    const { redis, keys } = this;
    const deleted = new Set(await redis.smembers(keys.deletedHubs));
    if (deleted.size === 0 || !(await this.#lease.acquire())) {
      return;
    }
    try {
      let cursor = '0';
      do {
        const [next, held] = await this.#forgetSome(cursor);
        held.forEach((hub) => deleted.delete(hub));
        cursor = next;
        if (signal?.aborted === true || !(await this.#lease.acquire())) {
          return;
        }
      } while (cursor !== '0');
      if (deleted.size > 0) {
        await redis.srem(keys.deletedHubs, ...deleted);
      }
    } finally {
      await this.#lease.release();
    }
  }

  /** @returns where to go on, and the deleted hubs of which somebody is still held */
  async #forgetSome(cursor: string): Promise<readonly [next: string, held: readonly string[]]> {
    const { redis, keys } = this;
    const pattern = keys.presence('*');
    const [next, found] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', scanBatch);
    if (found.length === 0) {
      return [next, []];
    }
    const identities = found.map((key) => key.slice(keys.presence('').length));
    const parameters = [keys.prefix, ...identities];
    const held = await forgetWithHubScript.run(redis, [keys.deletedHubs], parameters);
    return [next, held as string[]];
  }
}

import type { Redis } from '@linchpin/platform/redis';
import type { Fault, FaultStore } from '../domain/fault-injection.js';

/** Injected faults, each a key that expires. */
export class RedisFaultStore implements FaultStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  async set(identityKey: string, fault: Fault, durationMs: number): Promise<void> {
    await this.redis.set(this.#key(identityKey), fault, 'PX', durationMs);
  }

  async find(identityKey: string): Promise<Fault | undefined> {
    return ((await this.redis.get(this.#key(identityKey))) ?? undefined) as Fault | undefined;
  }

  #key(identityKey: string): string {
    return `${this.prefix}fault:${identityKey}`;
  }
}

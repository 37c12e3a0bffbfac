/** How many devices and modules a hub may have together (security-limits.md section 11). */
import { tooManyIdentities } from './registry-errors.js';

interface IdentityQuotaOptions {
  readonly identitiesMax: number;
  readonly countIdentities: (hub: string) => Promise<number>;
  readonly clock: () => Date;
}

/** Room for so many more, counted as taken until what stayed unused is given back. */
interface Room {
  readonly granted: number;
  /** Once, when it is known how many were added. */
  release(used: number): void;
}

interface HubCount {
  readonly countedAt: number;
  identities: number;
}

const countLifetimeMs = 10_000;
const hubsMax = 1_000;

/**
 * Counting a full hub takes long, so a count serves for a while, with what this process added to it.
 * What others add is seen with the next count: the limit may be passed by as many.
 */
export class IdentityQuota {
  readonly #counts = new Map<string, HubCount>();
  readonly #counting = new Map<string, Promise<HubCount>>();

  constructor(private readonly options: IdentityQuotaOptions) {}

  get identitiesMax(): number {
    return this.options.identitiesMax;
  }

  /** @throws HubError TooManyDevices */
  async admit(hub: string, added: number): Promise<void> {
    const room = await this.reserve(hub, added);
    if (room.granted < added) {
      room.release(0);
      throw tooManyIdentities(this.identitiesMax);
    }
  }

  /** Grants as many as there is room for, `wanted` at most, to whoever learns later how many it takes. */
  async reserve(hub: string, wanted: number): Promise<Room> {
    if (wanted === 0) {
      return { granted: 0, release: () => undefined };
    }
    const left = (of: HubCount): number => Math.max(0, this.identitiesMax - of.identities);
    const known = this.#recentCount(hub) ?? (await this.#recount(hub));
    // Who would be refused may have made room since.
    const count = left(known) >= wanted ? known : await this.#recount(hub);
    const granted = Math.min(wanted, left(count));
    count.identities += granted;
    return {
      granted,
      release: (used) => {
        count.identities -= granted - used;
      },
    };
  }

  #recentCount(hub: string): HubCount | undefined {
    const count = this.#counts.get(hub);
    const ageMs = this.options.clock().getTime() - (count?.countedAt ?? 0);
    return ageMs < countLifetimeMs ? count : undefined;
  }

  /** Those who ask while it is being counted wait for the same count. */
  #recount(hub: string): Promise<HubCount> {
    const counting =
      this.#counting.get(hub) ??
      this.#count(hub).finally(() => {
        this.#counting.delete(hub);
      });
    this.#counting.set(hub, counting);
    return counting;
  }

  async #count(hub: string): Promise<HubCount> {
    const identities = await this.options.countIdentities(hub);
    const count = { identities, countedAt: this.options.clock().getTime() };
    this.#counts.delete(hub);
    this.#counts.set(hub, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > hubsMax && oldest !== undefined) {
      this.#counts.delete(oldest);
    }
    return count;
  }
}

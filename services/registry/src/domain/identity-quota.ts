/** How many devices and modules a hub may have together (security-limits.md section 11). */
import { HubError } from '@linchpin/wire';

interface IdentityQuotaOptions {
  readonly identitiesMax: number;
  readonly countIdentities: (hub: string) => Promise<number>;
  readonly clock: () => Date;
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

  /** @throws HubError TooManyDevices */
  async admit(hub: string, added: number): Promise<void> {
    const { identitiesMax } = this.options;
    const fits = (count: HubCount): boolean => count.identities + added <= identitiesMax;
    const known = this.#recentCount(hub) ?? (await this.#recount(hub));
    // Who would be refused may have made room since.
    const count = fits(known) ? known : await this.#recount(hub);
    if (!fits(count)) {
      throw new HubError(
        'TooManyDevices',
        `The hub has ${identitiesMax} devices and modules, as many as it may have.`,
      );
    }
    count.identities += added;
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

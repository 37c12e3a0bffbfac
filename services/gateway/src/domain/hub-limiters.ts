import { formatHubId, normalizeHostName, type HubId, type HubLimits } from '@linchpin/wire';
import { HubLimiter, type HubLimiterOptions } from './hub-limiter.js';

/**
 * The limits of all hubs that have had a device here, found by the hub or by a name that a client says. It
 * grows with the hubs that there are: one that is deleted is removed.
 */
export class HubLimiters {
  /** By name and generation. */
  readonly #byHub = new Map<string, HubLimiter>();
  /** Only names under which somebody was let in: nobody fills it with others. */
  readonly #byHost = new Map<string, HubLimiter>();

  constructor(private readonly options: HubLimiterOptions) {}

  /** Undefined until somebody was let in under that name. */
  findByHost(host: string): HubLimiter | undefined {
    return this.#byHost.get(normalizeHostName(host));
  }

  /**
   * The hub's limiter, with the limits that hold now, found by that host from now on.
   *
   * @param host under which the hub was reached, by somebody who was let in
   */
  learn(hub: HubId, limits: HubLimits, host: string): HubLimiter {
    const key = formatHubId(hub);
    const limiter = this.#byHub.get(key) ?? new HubLimiter(hub, limits, this.options);
    limiter.limits = limits;
    this.#byHub.set(key, limiter);
    this.#byHost.set(normalizeHostName(host), limiter);
    return limiter;
  }

  /** Limits change for whoever is connected. */
  update(hub: HubId, limits: HubLimits): void {
    const limiter = this.#byHub.get(formatHubId(hub));
    if (limiter !== undefined) {
      limiter.limits = limits;
    }
  }

  /** The gateway stops. */
  end(): void {
    for (const limiter of this.#byHub.values()) {
      limiter.end();
    }
  }

  remove(hub: HubId): void {
    const key = formatHubId(hub);
    const removed = this.#byHub.get(key);
    removed?.remove();
    this.#byHub.delete(key);
    for (const [host, limiter] of this.#byHost) {
      if (limiter === removed) {
        this.#byHost.delete(host);
      }
    }
  }
}

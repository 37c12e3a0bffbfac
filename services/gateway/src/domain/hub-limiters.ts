import type { HubLimits } from '@linchpin/wire';
import { HubLimiter, type HubLimiterOptions } from './hub-limiter.js';

/** The limits of all hubs that have had a device here, found by the hub or by a name that a client says. */
export class HubLimiters {
  readonly #byHub = new Map<string, HubLimiter>();
  /** Only names under which somebody was let in: nobody fills it with others. */
  readonly #byHost = new Map<string, HubLimiter>();

  constructor(private readonly options: HubLimiterOptions) {}

  /** Undefined until somebody was let in under that name. */
  at(host: string): HubLimiter | undefined {
    return this.#byHost.get(host);
  }

  /** @param host under which the hub was reached, by somebody who was let in */
  of(hub: string, limits: HubLimits, host: string): HubLimiter {
    this.update(hub, limits);
    const limiter = this.#byHub.get(hub) ?? new HubLimiter(hub, limits, this.options);
    this.#byHub.set(hub, limiter);
    this.#byHost.set(host, limiter);
    return limiter;
  }

  /** Limits change for whoever is connected. */
  update(hub: string, limits: HubLimits): void {
    const limiter = this.#byHub.get(hub);
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

  remove(hub: string): void {
    const limiter = this.#byHub.get(hub);
    limiter?.close();
    this.#byHub.delete(hub);
    for (const [host, known] of this.#byHost) {
      if (known === limiter) {
        this.#byHost.delete(host);
      }
    }
  }
}

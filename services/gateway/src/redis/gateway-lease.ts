import type { Logger } from '@linchpin/platform/logging';
import type { Redis } from '@linchpin/platform/redis';
import type { PresenceKeys } from './presence-keys.js';
import { registerScript, sweepScript } from './presence-scripts.js';

interface GatewayLeaseOptions {
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly gatewayId: string;
  /** Where other gateways reach this one. */
  readonly address: string;
  readonly logger: Logger;
  /** The gateway was taken for dead, or Redis lost its data: it must reclaim what it holds. */
  readonly onForgotten: () => void;
}

const leaseMs = 10_000;
const renewMs = 3_000;
const sweepMs = 1_000;
const sweepBatch = 500;

/**
 * A lease must be missing for so long before its gateway counts as lost: leases run out as well while
 * Redis itself stands still, and then every living gateway renews within this time.
 */
const graceMs = 5_000;

/**
 * Says in Redis that this gateway lives, and ends the holds of gateways that don't: heart-beating
 * costs one key a gateway, however many devices it holds.
 */
export class GatewayLease {
  #renewing: NodeJS.Timeout | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  /** Since when other gateways' leases were seen missing. */
  readonly #missingSince = new Map<string, number>();
  #isRegistered = false;

  private constructor(private readonly options: GatewayLeaseOptions) {}

  /** Resolves when the gateway is known, so that devices may be claimed for it. */
  static async start(options: GatewayLeaseOptions): Promise<GatewayLease> {
    const lease = new GatewayLease(options);
    await lease.#renew();
    options.redis.on('ready', () => {
      void lease.#renew().catch(() => undefined);
    });
    lease.#renewing = setInterval(() => {
      void lease.#renew().catch((error: unknown) => {
        options.logger.warn({ err: error }, 'could not renew the lease');
      });
    }, renewMs);
    lease.#sweeping = setInterval(() => {
      void lease.#sweepOthers().catch((error: unknown) => {
        options.logger.warn({ err: error }, 'could not look for lost gateways');
      });
    }, sweepMs);
    return lease;
  }

  /** Takes the gateway out of the list; what it still holds is swept by the others. */
  async stop(): Promise<void> {
    clearInterval(this.#renewing);
    clearInterval(this.#sweeping);
    const { redis, keys, gatewayId } = this.options;
    await redis.del(keys.lease(gatewayId));
    await this.#sweep(gatewayId);
  }

  async #renew(): Promise<void> {
    const { redis, keys, gatewayId, address, onForgotten } = this.options;
    const known = await registerScript.run(
      redis,
      [keys.gateways, keys.lease(gatewayId), keys.dataset],
      [gatewayId, address, leaseMs, await runIdOf(redis), Math.floor(Date.now() / 1_000)],
    );
    if (known !== 1 && this.#isRegistered) {
      onForgotten();
    }
    this.#isRegistered = true;
  }

  async #sweepOthers(): Promise<void> {
    const { redis, keys, gatewayId, logger } = this.options;
    for (const other of await redis.hkeys(keys.gateways)) {
      const lives = other === gatewayId || (await redis.exists(keys.lease(other))) === 1;
      if (lives) {
        this.#missingSince.delete(other);
      } else if (this.#isLost(other)) {
        logger.warn({ gateway: other }, 'a gateway is lost; ending what it held');
        await this.#sweep(other);
        this.#missingSince.delete(other);
      }
    }
  }

  #isLost(gatewayId: string): boolean {
    const since = this.#missingSince.get(gatewayId) ?? Date.now();
    this.#missingSince.set(gatewayId, since);
    return Date.now() - since >= graceMs;
  }

  async #sweep(gatewayId: string): Promise<void> {
    const { redis, keys } = this.options;
    let left: unknown;
    do {
      left = await sweepScript.run(
        redis,
        [keys.lease(gatewayId), keys.held(gatewayId), keys.gateways, keys.events, keys.dataset],
        [gatewayId, sweepBatch, Date.now(), keys.prefix],
      );
    } while (typeof left === 'number' && left > 0);
  }
}

/** Redis's own name for this life of its process. */
async function runIdOf(redis: Redis): Promise<string> {
  const info = await redis.info('server');
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown';
}

import type { Logger } from '@linchpin/platform/logging';
import type { Redis } from '@linchpin/platform/redis';
import type { PresenceKeys } from '@linchpin/presence';
import { registerScript, sweepScript } from './presence-scripts.js';

interface GatewayLeaseOptions {
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly gatewayId: string;
  /** Where other gateways reach this one. */
  readonly address: string;
  readonly logger: Logger;
  /**
   * The gateway was taken for dead, or Redis began a new life and may have lost changes: makes presence
   * agree with the connections. Called again until it resolves.
   */
  readonly reconcile: () => Promise<void>;
}

const leaseMs = 10_000;
const renewMs = 3_000;
const sweepMs = 1_000;
const sweepBatch = 500;

/**
 * So many looks in a row must find a lease missing before its gateway counts as lost: leases run out as
 * well while Redis itself stands still, and then every living gateway renews within this time.
 */
const missingMax = 5;
/** Looks that are further apart do not count as in a row. */
const gapMsMax = 3 * sweepMs;

/**
 * Says in Redis that this gateway lives, and ends the holds of gateways that don't: heart-beating
 * costs one key a gateway, however many devices it holds.
 */
export class GatewayLease {
  #renewing: NodeJS.Timeout | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();
  #sweep: Promise<void> = Promise.resolve();
  #isStopped = false;
  /** Of Redis; undefined until the gateway is registered. */
  #runId: string | undefined;
  #mustReconcile = false;
  #isReconciling = false;
  /** How many times in a row another gateway's lease was missing. */
  readonly #missing = new Map<string, number>();
  #lookedMs = -Infinity;

  private constructor(private readonly options: GatewayLeaseOptions) {}

  /** Resolves when the gateway is known, so that devices may be claimed for it. */
  static async start(options: GatewayLeaseOptions): Promise<GatewayLease> {
    const lease = new GatewayLease(options);
    await lease.#endEarlierLife();
    await lease.#renew();
    options.redis.on('ready', lease.#renewNow);
    lease.#scheduleRenewal();
    lease.#scheduleSweep();
    return lease;
  }

  /** Takes the gateway out of the list; what it still holds is ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#renewing);
    clearTimeout(this.#sweeping);
    const { redis, keys, gatewayId } = this.options;
    redis.off('ready', this.#renewNow);
    await Promise.all([this.#renewal, this.#sweep]);
    await redis.del(keys.lease(gatewayId));
    await this.#endHolds(gatewayId);
  }

  /** A process that had the same id, when ids are given out by configuration, holds nothing any more. */
  async #endEarlierLife(): Promise<void> {
    const { redis, keys, gatewayId } = this.options;
    await redis.del(keys.lease(gatewayId));
    await this.#endHolds(gatewayId);
  }

  #scheduleRenewal(): void {
    clearTimeout(this.#renewing);
    if (!this.#isStopped) {
      this.#renewing = setTimeout(this.#renewNow, renewMs);
    }
  }

  readonly #renewNow = (): void => {
    this.#renewal = this.#renewal
      .then(() => this.#renew())
      .catch((error: unknown) => {
        this.options.logger.warn({ err: error }, 'could not renew the lease');
      })
      .finally(() => {
        this.#scheduleRenewal();
      });
  };

  async #renew(): Promise<void> {
    const { redis, keys, gatewayId, address } = this.options;
    const runId = await runIdOf(redis);
    const known = await registerScript.run(
      redis,
      [keys.gateways, keys.lease(gatewayId), keys.dataset],
      [gatewayId, address, leaseMs, runId],
    );
    if (this.#runId !== undefined && (known !== 1 || runId !== this.#runId)) {
      this.#mustReconcile = true;
    }
    this.#runId = runId;
    this.#reconcileIfNeeded();
  }

  #reconcileIfNeeded(): void {
    if (!this.#mustReconcile || this.#isReconciling) {
      return;
    }
    const { logger, reconcile } = this.options;
    logger.warn(
      'presence may have changed without this gateway; comparing it with the connections',
    );
    this.#mustReconcile = false;
    this.#isReconciling = true;
    reconcile()
      .catch((error: unknown) => {
        logger.warn({ err: error }, 'could not compare presence with the connections');
        this.#mustReconcile = true;
      })
      .finally(() => {
        this.#isReconciling = false;
      });
  }

  #scheduleSweep(): void {
    if (!this.#isStopped) {
      this.#sweeping = setTimeout(() => {
        this.#sweep = this.#sweepOthers()
          .catch((error: unknown) => {
            this.#missing.clear();
            this.options.logger.warn({ err: error }, 'could not look for lost gateways');
          })
          .finally(() => {
            this.#scheduleSweep();
          });
      }, sweepMs);
    }
  }

  async #sweepOthers(): Promise<void> {
    const { redis, keys, gatewayId, logger } = this.options;
    const others = (await redis.hkeys(keys.gateways)).filter((other) => other !== gatewayId);
    const missing = [];
    for (const other of others) {
      if ((await redis.exists(keys.lease(other))) === 0) {
        missing.push(other);
      }
    }
    for (const lost of this.#lostAmong(missing)) {
      logger.warn({ gateway: lost }, 'a gateway is lost; ending what it held');
      await this.#endHolds(lost);
    }
  }

  /** Counts the looks, and names the gateways whose lease has been missing long enough. */
  #lostAmong(missing: readonly string[]): string[] {
    const now = performance.now();
    if (now - this.#lookedMs > gapMsMax) {
      this.#missing.clear();
    }
    this.#lookedMs = now;
    const counts = missing.map((other) => [other, (this.#missing.get(other) ?? 0) + 1] as const);
    this.#missing.clear();
    for (const [other, count] of counts) {
      this.#missing.set(other, count);
    }
    return counts.filter(([, count]) => count >= missingMax).map(([other]) => other);
  }

  async #endHolds(gatewayId: string): Promise<void> {
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

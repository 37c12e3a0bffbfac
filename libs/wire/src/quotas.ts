/** How many messages a hub may send in a day (security-limits.md section 9). */
import { formatHubId, type HubId } from './hub-id.js';
import type { HubLimits, SkuName } from './hub-limits.js';
import type { Throttle } from './throttles.js';

interface Quota {
  /** Messages of a day and a unit. */
  readonly dailyMessages: number;
  /** A message counts once for each chunk of this size that it begins. */
  readonly meterBytes: number;
}

const kilobyte = 1024;
const small: Quota = { dailyMessages: 400_000, meterBytes: 4 * kilobyte };
const medium: Quota = { dailyMessages: 6_000_000, meterBytes: 4 * kilobyte };
const large: Quota = { dailyMessages: 300_000_000, meterBytes: 4 * kilobyte };

const quotas: Readonly<Record<SkuName, Quota>> = {
  F1: { dailyMessages: 8_000, meterBytes: kilobyte / 2 },
  B1: small,
  S1: small,
  B2: medium,
  S2: medium,
  B3: large,
  S3: large,
};

/** Of the whole hub and a day in UTC, whether or not the hub is held to it. */
export function dailyMessagesMax({ sku, units }: HubLimits): number {
  return quotas[sku].dailyMessages * units;
}

/** Undefined when the hub is not held to it. */
export function dailyQuotaOf(limits: HubLimits): Throttle | undefined {
  return limits.unlimited
    ? undefined
    : { perSecond: 0, capacity: dailyMessagesMax(limits), queueMs: 0 };
}

/** How all processes of a deployment call a hub's messages of a day. */
export function dailyQuotaName(hub: HubId, day: string): string {
  return `${formatHubId(hub)}/messages/${day}`;
}

/** The size of which each begun chunk of a message counts as one. */
export function meterBytes({ sku }: HubLimits): number {
  return quotas[sku].meterBytes;
}

/** What a message of so many bytes, its properties included, counts for. */
export function meterMessage(bytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes));
}

/** The day in UTC to which a quota belongs, such as `2026-11-25`. */
export function quotaDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** How much of its quotas a hub has used (security-limits.md sections 9 and 11). */
import { dailyMessagesMax, dailyQuotaName, HubError, quotaDay } from '@linchpin/wire';
import type { Hub } from './hub.js';
import type { RegistryStatistics } from './identity-registry.js';

interface QuotaMetric {
  readonly name: 'TotalMessages' | 'TotalDeviceCount';
  readonly currentValue: number;
  /** Undefined for a hub without limits, whose messages are not counted. */
  readonly maxValue: number | undefined;
}

/** Counts for all processes of a deployment: a port of `@linchpin/platform/budgets`. */
export interface MessageMeter {
  /** Of a day's messages; those that a process has leased and may still send count as well. */
  spent(name: string): Promise<number>;
}

/** @throws HubError `ServiceUnavailable` when the meter does not answer */
export async function quotaMetrics(
  { name: hub, hubGeneration, settings: { limits } }: Hub,
  { totalDeviceCount, identityCountMax }: RegistryStatistics,
  { meter, now }: { readonly meter: MessageMeter; readonly now: Date },
): Promise<QuotaMetric[]> {
  const isCounted = !limits.unlimited;
  const quota = dailyQuotaName({ hub, hubGeneration }, quotaDay(now));
  const spent = isCounted ? await readMeter(meter, quota) : 0;
  return [
    {
      name: 'TotalMessages',
      currentValue: spent,
      maxValue: isCounted ? dailyMessagesMax(limits) : undefined,
    },
    {
      name: 'TotalDeviceCount',
      currentValue: totalDeviceCount,
      // What holds is of devices and modules together.
      maxValue: identityCountMax,
    },
  ];
}

async function readMeter(meter: MessageMeter, name: string): Promise<number> {
  try {
    return await meter.spent(name);
  } catch (cause) {
    throw new HubError('ServiceUnavailable', 'Messages cannot be counted now; try again.', {
      cause,
    });
  }
}

/**
 * Points in time as Azure's .NET services write them (service-rest.md sections 1.5 and 2.1): ISO 8601
 * with seven fraction digits, and ticks of 100 ns. A `Date` has milliseconds; the rest is zeros.
 */

/** What a time that never came looks like; clients cannot take null in its place. */
export const neverTime = '0001-01-01T00:00:00Z';

const ticksPerMillisecond = 10_000n;
const ticksAtUnixEpoch = 621_355_968_000_000_000n;
const ticksAtFileTimeEpoch = 504_911_232_000_000_000n;

/** `2026-01-01T00:00:00.0000000Z`: some clients parse exactly this form and no other. */
export function formatIsoTime(time: Date): string {
  return time.toISOString().replace('Z', '0000Z');
}

/** Ticks since the year 1; 18 decimal digits until the year 3169. */
export function dotnetTicks(time: Date): bigint {
  return BigInt(time.getTime()) * ticksPerMillisecond + ticksAtUnixEpoch;
}

/** Windows FILETIME: the same ticks, counted from the year 1601. */
export function ticksToFileTime(ticks: bigint): bigint {
  return ticks - ticksAtFileTimeEpoch;
}

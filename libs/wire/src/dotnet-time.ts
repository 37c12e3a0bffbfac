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

/** `2026-01-01T00:00:00+00:00`, as .NET writes a point in time that has whole seconds; what is below one is cut off. */
export function formatOffsetTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '+00:00');
}

const isoTime =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;

/** As clients of any language write it; without an offset in UTC. Digits beyond milliseconds do not count. */
export function parseIsoTime(text: string): Date | undefined {
  const [, civil = '', fraction = '', offset = 'Z'] = isoTime.exec(text) ?? [];
  const whole = Date.parse(`${civil}Z`);
  // A day that the month does not have would else become one of the next month.
  if (Number.isNaN(whole) || !new Date(whole).toISOString().startsWith(civil)) {
    return undefined;
  }
  return new Date(`${civil}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
}

/** Ticks since the year 1; 18 decimal digits until the year 3169. */
export function dotnetTicks(time: Date): bigint {
  return BigInt(time.getTime()) * ticksPerMillisecond + ticksAtUnixEpoch;
}

/** Windows FILETIME: the same ticks, counted from the year 1601. */
export function ticksToFileTime(ticks: bigint): bigint {
  return ticks - ticksAtFileTimeEpoch;
}

const iso =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * A point in time as ISO 8601 writes it: a date, or a date and a time; without an offset, in UTC. Microseconds since
 * 1970, which is what the database keeps; digits beyond them do not count.
 */
export function parseInstant(text: string): bigint | undefined {
  const match = iso.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, year = '', month, day, hours = '00', minutes = '00', seconds = '00'] = match;
  const [fraction = '', offset = 'Z'] = match.slice(7);
  const civil = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
  const local = Date.parse(`${civil}Z`);
  // A day that the month does not have would else become one of the next month.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(civil) || year === '0000') {
    return undefined;
  }
  const microseconds = BigInt(fraction.padEnd(6, '0').slice(0, 6));
  const instant = BigInt(local - offsetMs(offset)) * 1000n + microseconds;
  return instant < earliest || instant > latest ? undefined : instant;
}

const earliest = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const latest = BigInt(Date.parse('9999-12-31T23:59:59Z')) * 1000n + 999_999n;

/** As `parseInstant` reads it, with microseconds, in UTC. */
export function formatInstant(instant: bigint): string {
  const microseconds = ((instant % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((instant - microseconds) / 1000n)).toISOString();
  return `${whole.slice(0, 19)}.${String(microseconds).padStart(6, '0')}Z`;
}

function offsetMs(offset: string): number {
  if (offset === 'Z') {
    return 0;
  }
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

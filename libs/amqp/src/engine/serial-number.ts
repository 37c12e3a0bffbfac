/*
  Ids, counts and windows are unsigned numbers of 32 bits that wrap around (RFC 1982, as AMQP 1.0 part
  2, section 2.5.6, wants it).
*/

export function addSerial(serial: number, count: number): number {
  return (serial + count) >>> 0;
}

/** How far the first is ahead of the second; negative when it is behind. */
export function serialDistance(first: number, second: number): number {
  return (first - second) | 0;
}

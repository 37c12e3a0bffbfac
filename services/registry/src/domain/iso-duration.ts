/** Durations as Azure writes them in JSON, ISO 8601 without years and months: `PT1H`, `P1DT12H`. */

const pattern =
  /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})(?:\.\d{1,7})?S)?)?$/;

/** In whole seconds; undefined for what is no duration. */
export function parseIsoDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  // The text must name something, and `T` must be followed by it.
  if (match === null || !/\d[DHMS]$/.test(text)) {
    return undefined;
  }
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(toNumber);
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

function toNumber(digits: string | undefined): number {
  return Number(digits ?? 0);
}

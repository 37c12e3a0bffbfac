/** How long a page is that is to have `wanted` entries: out of 1 to `max` it means `max`. */
export function pageLength(wanted: number, max: number): number {
  return wanted >= 1 && wanted <= max ? wanted : max;
}

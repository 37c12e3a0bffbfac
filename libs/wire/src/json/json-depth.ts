/**
 * Whether a value of JSON nests at most so many objects and lists. Looks no deeper than it must: what
 * comes from a client may be as deep as its body is long.
 */
export function isNoDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  return levels > 0 && Object.values(value).every((member) => isNoDeeperThan(levels - 1, member));
}

import { knownVariables } from './known-variables.js';

const prefix = 'LINCHPIN_';

/** The known name that is spelled most like this one; undefined when none is much like it. */
export function nearestVariable(name: string): string | undefined {
  const candidates = [...knownVariables].map((candidate) => ({
    candidate,
    // What lacks its end is alike, however long the end is.
    distance: candidate.startsWith(name) ? 0 : editDistance(name, candidate),
    length: candidate.length,
  }));
  const [nearest] = candidates.sort(
    (one, other) => one.distance - other.distance || one.length - other.length,
  );
  const most = (name.length - prefix.length) / 3;
  return nearest !== undefined && nearest.distance <= most ? nearest.candidate : undefined;
}

/** How many letters must be added, taken away or replaced (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (one[index] === other[column - 1] ? 0 : 1);
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

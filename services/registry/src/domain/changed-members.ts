/** Which members of a thing a change touched, by name and never by value: for the audit log. */

/** More is told as `...`: what a client names itself, tags for instance, may be many. */
const namedMembersMax = 64;

/**
 * A member of a member has a path: `authentication.primaryKey`.
 *
 * @param before may have more members than `after`, which decides what is compared
 */
export function changedMembers<After extends object>(
  before: After,
  after: After,
): readonly string[] {
  const compared = Object.keys(after) as (keyof After)[];
  const from = flatten(Object.fromEntries(compared.map((name) => [name, before[name]])));
  const to = flatten(after);
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  const changed = names.filter((name) => from.get(name) !== to.get(name));
  return changed.length > namedMembersMax ? [...changed.slice(0, namedMembersMax), '...'] : changed;
}

/** Each leaf under its path, lists and times as text. */
function flatten(members: object, path = ''): Map<string, string> {
  const leaves = Object.entries(members).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || value === null) {
      return [];
    }
    return isRecord(value)
      ? [...flatten(value, `${path}${name}.`)]
      : [[`${path}${name}`, JSON.stringify(value)] as const];
  });
  return new Map(leaves);
}

function isRecord(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

import type { z } from 'zod';
import { HubError } from '../hub-error.js';

/** Faults named in one answer. */
const namedFaultsMax = 3;

/** Of a member's name, which the client may have chosen. */
const namedLengthMax = 128;

/**
 * What `schema` does not name is ignored, unless it is a schema of `exactly`. A member `__proto__` is refused
 * at any depth: objects of JavaScript lose it on their way.
 *
 * @param whole what is at fault where no member is: `The body`
 * @throws HubError `ArgumentInvalid` naming the members at fault
 */
export function checkJson<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  whole: string,
): z.output<Schema> {
  if (hasProtoMember(value)) {
    throw new HubError('ArgumentInvalid', `${whole}: no member of it may be named __proto__`);
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const faults = result.error.issues
      .flatMap(faultsOf)
      .slice(0, namedFaultsMax)
      .map(({ path, message }) => `${formatPath(path) || whole}: ${message}`);
    throw new HubError('ArgumentInvalid', faults.join(', '));
  }
  return result.data;
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Each member that should not be there is at fault, and not what holds it. */
function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ path: [...issue.path, key], message: issue.message }))
    : [issue];
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.map((name) => String(name).slice(0, namedLengthMax)).join('.');
}

/** Goes as deep as the value does, whatever a stack would hold. */
function hasProtoMember(value: unknown): boolean {
  const rest = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === 'object' && next !== null) {
      if (Object.hasOwn(next, '__proto__')) {
        return true;
      }
      for (const member of Object.values(next)) {
        rest.push(member);
      }
    }
  }
  return false;
}

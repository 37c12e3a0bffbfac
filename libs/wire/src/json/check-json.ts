import type { z } from 'zod';
import { HubError } from '../hub-error.js';

/** Faults named in one answer. */
const namedFaultsMax = 3;

/**
 * What `schema` does not name is ignored.
 *
 * @param whole what is at fault where no member is: `The body`
 * @throws HubError `ArgumentInvalid` naming the members at fault
 */
export function checkJson<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  whole: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) {
    const faults = result.error.issues
      .slice(0, namedFaultsMax)
      .map(({ path, message }) => `${path.join('.') || whole}: ${message}`);
    throw new HubError('ArgumentInvalid', faults.join(', '));
  }
  return result.data;
}

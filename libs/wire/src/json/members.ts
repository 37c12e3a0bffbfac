/** Members of JSON as clients write them (service-rest.md section 1.5). */
import { z } from 'zod';

/** Text in any letter case, as the one that Azure writes; null means absent. */
export function anyCase<const Value extends string>(
  values: readonly Value[],
): z.ZodType<Value | undefined> {
  return z
    .string()
    .nullish()
    .transform((text, context) => {
      const value = values.find((known) => known.toLowerCase() === text?.toLowerCase());
      if (value === undefined && typeof text === 'string') {
        context.addIssue(`must be one of ${values.join(', ')}`);
      }
      return value;
    });
}

/** @param fault of whatever else the object has */
export function exactly<Shape extends z.ZodRawShape>(
  shape: Shape,
  fault = 'is no member that is known here',
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? fault : undefined),
  });
}

/** Null means absent. */
export function optional<Value extends z.ZodType>(
  value: Value,
): z.ZodType<z.output<Value> | undefined> {
  return value.nullish().transform((given) => given ?? undefined);
}

export const text = optional(z.string());

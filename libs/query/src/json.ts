/** Documents are data of whoever wrote them: their keys may be `__proto__` or `constructor`. */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** What a condition works with; undefined where a document has nothing. */
export type Value = JsonValue | undefined;

export function isArray(value: Value): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The member of an object by a name, or the element of an array by an index. */
export function stepInto(value: Value, step: string | number): Value {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  if (isArray(value)) {
    return typeof step === 'number' ? value[step] : undefined;
  }
  return typeof step === 'string' && Object.hasOwn(value, step) ? value[step] : undefined;
}

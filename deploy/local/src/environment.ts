/** Reads single variables; a fault goes to a list, so that all are reported together. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Items between commas, each once; nothing when the variable is unset or empty. */
export function readList(env: Environment, name: string): readonly string[] | undefined {
  const items = (env[name] ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items.length > 0 ? [...new Set(items)] : undefined;
}

/** Nothing when the variable is unset, empty or at fault. */
export function readWholeNumber(
  env: Environment,
  name: string,
  range: { readonly min: number; readonly max: number },
  faults: string[],
): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') {
    return undefined;
  }
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < range.min || number > range.max) {
    faults.push(`${name} is "${text}", not a whole number from ${range.min} to ${range.max}.`);
    return undefined;
  }
  return number;
}

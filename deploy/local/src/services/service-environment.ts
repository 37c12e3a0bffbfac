/**
 * The environment of one service: what it inherits, and above it what the runner decides. Each
 * variable of a service may also come as `<NAME>_FILE`; the runner's word replaces both forms.
 */
export function serviceEnvironment(
  inherited: Readonly<Record<string, string>>,
  decided: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const replaced = new Set(
    Object.keys(decided).flatMap((name) => [name, `${name}_FILE`, name.replace(/_FILE$/, '')]),
  );
  const kept = Object.entries(inherited).filter(([name]) => !replaced.has(name));
  return { ...Object.fromEntries(kept), ...decided };
}

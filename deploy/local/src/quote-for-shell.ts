/** Values as a POSIX shell reads them back. */

/** In single quotes nothing is special but the single quote. */
export function quoteForShell(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** For what a person is to read and paste: without quotes where they change nothing. */
export function quoteWhereNeeded(value: string): string {
  return /^[\w./-]+$/.test(value) ? value : quoteForShell(value);
}

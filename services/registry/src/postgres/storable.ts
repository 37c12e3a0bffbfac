/**
 * PostgreSQL's text holds every character but U+0000: a name that has one is stored nowhere, so nobody
 * need look for it.
 */
export function isStorable(...names: readonly string[]): boolean {
  return !names.some((name) => name.includes('\0'));
}

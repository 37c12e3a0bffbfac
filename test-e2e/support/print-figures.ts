import { writeSync } from 'node:fs';

/**
 * A test's figures, on one line of its run's output: written past Jest, which gathers what goes to
 * standard output and loses the last of it at a forced end.
 */
export function printFigures(
  what: string,
  figures: Readonly<Record<string, string | number>>,
): void {
  const line = Object.entries(figures).map(([name, value]) => `${name} ${format(value)}`);
  writeSync(process.stdout.fd, `  ${what}: ${line.join(', ')}\n`);
}

function format(value: string | number): string {
  return typeof value === 'number' ? Math.round(value).toLocaleString('en') : value;
}

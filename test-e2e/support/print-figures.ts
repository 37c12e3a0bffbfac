/** A test's figures, on one line of its run's output. */
export function printFigures(
  what: string,
  figures: Readonly<Record<string, string | number>>,
): void {
  const line = Object.entries(figures).map(([name, value]) => `${name} ${format(value)}`);
  process.stdout.write(`  ${what}: ${line.join(', ')}\n`);
}

function format(value: string | number): string {
  return typeof value === 'number' ? Math.round(value).toLocaleString('en') : value;
}

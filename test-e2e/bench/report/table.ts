/** Tables for people: in columns on a terminal, or as Markdown. */
export type TableFormat = 'terminal' | 'markdown';

/** @param rows the first is the heading; the first column is text, the others are figures */
export function formatTable(rows: readonly (readonly string[])[], format: TableFormat): string {
  const [heading = []] = rows;
  const widths = heading.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return format === 'markdown' ? `| ${cells.join(' | ')} |` : cells.join('   ').trimEnd();
  });
  const rule = widths.map((width, column) => ruleOf(width, column, format));
  lines.splice(1, 0, format === 'markdown' ? `| ${rule.join(' | ')} |` : rule.join('   '));
  return `${lines.join('\n')}\n`;
}

function ruleOf(width: number, column: number, format: TableFormat): string {
  return format === 'markdown' && column > 0 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
}

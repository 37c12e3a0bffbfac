/** What one part came to, as a table: a row a figure, a column a subject, and the ratios. */
import { ratios, summarize, type Summary } from '../measure/statistics.js';
import { figureNames, figureTable, valuesOf, type FigureName, type PartResult } from './figures.js';
import { formatTable, type TableFormat } from './table.js';

export function formatPart(part: PartResult, format: TableFormat): string {
  const title = format === 'markdown' ? `## ${part.title}` : part.title;
  const table = formatTable(part.table ?? tableOf(part), format);
  return [title, table.trimEnd(), ...part.notes].join(format === 'markdown' ? '\n\n' : '\n');
}

/** Three significant digits, and no more than the figure is worth. */
export function formatNumber(value: number): string {
  if (value >= 1_000) {
    return Math.round(value).toLocaleString('en-US');
  }
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

function tableOf(part: PartResult): string[][] {
  const subjects = [...part.rounds.keys()];
  const heading = [
    '',
    ...subjects,
    ...part.comparisons.map(({ subject, to }) => `${subject} : ${to}`),
  ];
  const rows = figureNames()
    .filter((name) => subjects.some((subject) => valuesOf(part, subject, name) !== undefined))
    .map((name) => rowOf(part, name, subjects));
  return [heading, ...rows];
}

function rowOf(part: PartResult, name: FigureName, subjects: readonly string[]): string[] {
  const { title, isCompared } = figureTable[name];
  return [
    title,
    ...subjects.map((subject) => {
      const values = valuesOf(part, subject, name);
      return values === undefined ? '' : formatSummary(summarize(values));
    }),
    ...part.comparisons.map(({ subject, to }) => {
      const dividends = valuesOf(part, subject, name);
      const divisors = valuesOf(part, to, name);
      return !isCompared || dividends === undefined || divisors === undefined
        ? ''
        : `${summarize(ratios(dividends, divisors)).median.toFixed(2)} ×`;
    }),
  ];
}

function formatSummary({ median, lowest, highest }: Summary): string {
  const spread = lowest === highest ? '' : ` (${formatNumber(lowest)}–${formatNumber(highest)})`;
  return `${formatNumber(median)}${spread}`;
}

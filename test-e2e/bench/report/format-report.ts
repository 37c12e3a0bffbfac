/** The whole result: where it was measured, what is held to, and a table a part. */
import type { PartName } from '../arguments.js';
import type { Machine } from '../measure/machine.js';
import type { Settings } from '../settings.js';
import type { PartResult } from './figures.js';
import { formatPart } from './format-part.js';
import { formatTable, type TableFormat } from './table.js';
import { targetRows } from './targets.js';

interface Report {
  readonly machine: Machine;
  readonly date: Date;
  readonly settings: Settings;
  readonly isQuick: boolean;
  /** The first of a part is what it is held to. */
  readonly results: ReadonlyMap<PartName, readonly PartResult[]>;
}

export function formatReport(report: Report, format: TableFormat): string {
  const heading = format === 'markdown' ? ['# Benchmarks'] : [];
  const targets = targetRows(report.results);
  return `${[
    ...heading,
    describe(report),
    ...(format === 'markdown' ? [howToRepeat] : []),
    ...(report.isQuick
      ? ['A quick run: it shows that all works, and its figures mean nothing.']
      : []),
    ...(targets.length > 1 ? [formatTable(targets, format).trimEnd()] : []),
    ...[...report.results.values()].flat().map((part) => formatPart(part, format)),
  ].join('\n\n')}\n`;
}

const howToRepeat =
  '`npm run bench -- --markdown` writes a page like this in some 52 minutes, on a hub of its own that it starts ' +
  'and ends; without the flag it prints the same in columns. Parts can be named (`npm run bench -- offered ' +
  'idle`), and `--quick` shows in thirteen minutes whether all works. It wants a quiet machine and says so ' +
  'when that is busy. CPU time is read from `/proc`: user and system time of all threads of a process.';

function describe({ machine, date, settings }: Report): string {
  const { cores, cpuModel, memoryGiB, kernel, node, kafka, aedes, ws, rhea } = machine;
  return (
    `Measured by \`npm run bench\` on ${date.toISOString().slice(0, 10)}: ${cores} cores (${cpuModel}), ` +
    `${Math.round(memoryGiB)} GiB of memory, Linux ${kernel}, Node ${node}, Kafka ${kafka}, ` +
    `aedes ${aedes}, ws ${ws}, rhea ${rhea}. Everything runs on that machine: the servers, the engines and the load ` +
    `generator. The servers take turns; a figure is the median of ${settings.rounds} rounds, with the ` +
    'lowest and the highest behind it, and a ratio is the median of the ratios of each round.'
  );
}

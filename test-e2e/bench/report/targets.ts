/** What the hub is held to, and whether it holds. */
import { ratios, summarize } from '../measure/statistics.js';
import type { PartName } from '../arguments.js';
import { valuesOf, type FigureName, type PartResult } from './figures.js';
import { formatNumber } from './format-part.js';

interface Target {
  readonly title: string;
  readonly part: PartName;
  readonly figure: FigureName;
  readonly max: number;
  /** Measured by itself, or as a multiple of aedes. */
  readonly unit: string;
  readonly isRatio: boolean;
}

const targets: readonly Target[] = [
  {
    title: 'Gateway CPU for a saturated QoS 1 message',
    part: 'saturated',
    figure: 'serverUsPerMessage',
    max: 1.2,
    unit: '× aedes',
    isRatio: true,
  },
  {
    title: 'p99 of PUBACK at the offered load',
    part: 'offered',
    figure: 'pubackP99',
    max: 12,
    unit: 'ms',
    isRatio: false,
  },
  {
    title: 'RSS of an idle TLS connection',
    part: 'idle',
    figure: 'idleKib',
    max: 48,
    unit: 'KiB',
    isRatio: false,
  },
  {
    title: 'Gateway CPU for a connect',
    part: 'idle',
    figure: 'serverUsPerConnect',
    max: 2,
    unit: '× aedes',
    isRatio: true,
  },
];

/** Heading and rows of a table; targets of parts that did not run are left out. */
export function targetRows(results: ReadonlyMap<PartName, readonly PartResult[]>): string[][] {
  const rows = targets.flatMap((target) => {
    const [part] = results.get(target.part) ?? [];
    return part === undefined ? [] : [rowOf(target, part)];
  });
  return [['target', 'at most', 'measured', ''], ...rows];
}

function rowOf({ title, figure, max, unit, isRatio }: Target, part: PartResult): string[] {
  const own = valuesOf(part, 'Linchpin', figure) ?? [];
  const values = isRatio ? ratios(own, valuesOf(part, 'aedes', figure) ?? []) : own;
  const { median } = summarize(values);
  const measured = `${formatNumber(median)} ${unit}`;
  return [title, `${max} ${unit}`, measured, median <= max ? 'held' : 'missed'];
}

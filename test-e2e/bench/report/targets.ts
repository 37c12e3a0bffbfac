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
  readonly unit: string;
  readonly subject: string;
  /** Whose figure it is a multiple of; nothing where it counts by itself. */
  readonly to?: string;
}

const targets: readonly Target[] = [
  {
    title: 'Gateway CPU for a saturated QoS 1 message',
    part: 'saturated',
    figure: 'serverUsPerMessage',
    max: 1.2,
    unit: '× aedes',
    subject: 'Linchpin',
    to: 'aedes',
  },
  {
    title: 'Gateway CPU for a message in a WebSocket',
    part: 'websocket',
    figure: 'serverUsPerMessage',
    max: 1.3,
    unit: '× TCP',
    subject: 'Linchpin, WebSocket',
    to: 'Linchpin, TCP',
  },
  {
    title: 'p99 of PUBACK at the offered load',
    part: 'offered',
    figure: 'pubackP99',
    max: 12,
    unit: 'ms',
    subject: 'Linchpin',
  },
  {
    title: 'RSS of an idle TLS connection',
    part: 'idle',
    figure: 'idleKib',
    max: 48,
    unit: 'KiB',
    subject: 'Linchpin',
  },
  {
    title: 'Gateway CPU for a connect',
    part: 'idle',
    figure: 'serverUsPerConnect',
    max: 2,
    unit: '× aedes',
    subject: 'Linchpin',
    to: 'aedes',
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

function rowOf({ title, figure, max, unit, subject, to }: Target, part: PartResult): string[] {
  const own = valuesOf(part, subject, figure) ?? [];
  const values = to === undefined ? own : ratios(own, valuesOf(part, to, figure) ?? []);
  const { median } = summarize(values);
  const measured = `${formatNumber(median)} ${unit}`;
  return [title, `${max} ${unit}`, measured, median <= max ? 'held' : 'missed'];
}

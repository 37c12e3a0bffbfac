/** What `npm run status` prints: a table for people, JSON for programs. */
import { runnerCommand } from '../state-folder.js';
import type { LeftProcess } from '../supervisor/leftovers.js';
import type { RunRecord } from '../supervisor/run-file.js';

/** The machine-readable form; fields are only ever added. */
interface StatusReport {
  readonly state: RunRecord['state'] | 'stopped';
  readonly processes: readonly {
    readonly name: string;
    /** Nothing while it waits to be started again. */
    readonly pid: number | null;
    readonly port: number;
    /** Where a service answers /healthz and /metrics. */
    readonly probePort: number | null;
    readonly healthy: boolean;
    readonly since: string;
    readonly restarts: number;
  }[];
}

export function statusReport(record: RunRecord | undefined): StatusReport {
  const processes = record?.processes ?? [];
  return {
    state: record?.state ?? 'stopped',
    processes: processes.map(({ name, identity, port, probePort, healthy, since, restarts }) => ({
      name,
      pid: identity?.pid ?? null,
      port,
      probePort: probePort ?? null,
      healthy,
      since,
      restarts,
    })),
  };
}

export function formatStatusTable(record: RunRecord, now: Date): string {
  const header = ['name', 'pid', 'port', 'health', 'up since', 'restarts'];
  const rows = record.processes.map((process) => [
    process.name,
    String(process.identity?.pid ?? '-'),
    String(process.port),
    formatHealth(process),
    process.identity === undefined
      ? '-'
      : `${process.since.slice(0, 19).replace('T', ' ')}Z (${formatAge(process.since, now)})`,
    String(process.restarts),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `The hub is ${record.state} (pid ${record.supervisor.pid}).\n${lines.join('\n')}\n`;
}

/** `left`: what still runs of a hub whose runner was killed. */
export function formatStopped(stateDir: string, left: readonly LeftProcess[]): string {
  if (left.length === 0) {
    return `No hub is running. Start one with "${runnerCommand(stateDir, 'npm start')}".\n`;
  }
  const names = left.map(({ name, identity }) => `${name} (pid ${identity.pid})`).join(', ');
  return (
    `No hub is running, but its runner was killed and ${names} still run${left.length === 1 ? 's' : ''}, ` +
    `perhaps only to drain. "${runnerCommand(stateDir, 'npm stop')}" ends what is left.\n`
  );
}

function formatHealth({ identity, healthy }: RunRecord['processes'][number]): string {
  if (identity === undefined) {
    return 'ended';
  }
  return healthy ? 'ready' : 'not ready';
}

function formatAge(since: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000));
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  const unit = units.find(([length]) => seconds >= length);
  return unit === undefined ? `${seconds} s` : `${Math.floor(seconds / unit[0])} ${unit[1]}`;
}

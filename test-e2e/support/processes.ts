/** The processes of the hub under test, for faults: the supervisor starts again what is killed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@linchpin/testing';
import { hub } from './hub.js';
import { residentBytesOf } from './resident-bytes.js';

/** Those of the hub under test; a benchmark's hub may have others. */
export const gatewayNames = ['gateway-1', 'gateway-2'] as const;
export type GatewayName = `gateway-${number}`;
export type ProcessName =
  | 'postgres'
  | 'redis'
  | 'kafka'
  | 'azurite'
  | 'registry'
  | 'file-upload'
  | 'cloud-to-device'
  | 'twin'
  | 'api'
  | GatewayName
  | 'load-balancer';

interface ProcessState {
  readonly name: string;
  readonly pid: number | undefined;
  /** Of a gateway: where it takes the connections that the load balancer passes on. */
  readonly port: number;
  readonly probePort: number | undefined;
  readonly isHealthy: boolean;
}

interface RunRecord {
  readonly processes: readonly {
    readonly name: string;
    readonly identity?: { readonly pid: number };
    readonly port: number;
    readonly probePort?: number;
    readonly healthy: boolean;
  }[];
}

const recoveryMs = 60_000;

export function processState(name: ProcessName): ProcessState {
  const found = processStates().find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new Error(`the hub under test runs no ${name}`);
  }
  return found;
}

export function processStates(): ProcessState[] {
  const record = JSON.parse(readFileSync(join(hub.stateDir, 'run.json'), 'utf8')) as RunRecord;
  return record.processes.map(({ name, identity, port, probePort, healthy }) => ({
    name,
    pid: identity?.pid,
    port,
    probePort,
    isHealthy: healthy,
  }));
}

/** Only ever a process that the supervisor of the hub under test started. */
export function signal(name: ProcessName, how: NodeJS.Signals): number {
  const { pid } = processState(name);
  if (pid === undefined) {
    throw new Error(`${name} does not run`);
  }
  process.kill(pid, how);
  return pid;
}

/** Kills or stops a process and resolves when its successor is healthy. */
export async function restart(name: ProcessName, how: NodeJS.Signals): Promise<void> {
  const before = signal(name, how);
  await waitUntilHealthy(name, before);
}

/** @param notPid the process that must be gone */
export async function waitUntilHealthy(name: ProcessName, notPid?: number): Promise<void> {
  await eventually(
    () => {
      const { pid, isHealthy } = processState(name);
      return isHealthy && pid !== undefined && pid !== notPid;
    },
    recoveryMs,
    `a healthy ${name}`,
  );
}

/** Resolves when every service says that what it needs answers: that a neighbour is back, too. */
export async function waitUntilAllReady(): Promise<void> {
  const ports = processStates().flatMap(({ probePort }) => probePort ?? []);
  for (const port of ports) {
    const isReady = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/healthz/ready`)).ok;
    await eventually(isReady, recoveryMs, `readiness on port ${port}`);
  }
}

/** @returns how long it took the process to end, in milliseconds */
export async function stop(name: ProcessName): Promise<{ readonly pid: number; tookMs: number }> {
  const began = performance.now();
  const pid = signal(name, 'SIGTERM');
  await eventually(() => !existsSync(`/proc/${pid}`), recoveryMs, `the end of ${name}`);
  return { pid, tookMs: performance.now() - began };
}

/** What the process wrote to its log, be it gone or not. */
export function logOf(name: ProcessName, pid: number): string[] {
  const lines = readFileSync(join(hub.stateDir, 'logs', `${name}.log`), 'utf8').split('\n');
  return lines.filter((line) => line.includes(`"pid":${pid},`));
}

/** Resident memory in bytes; 0 while the process does not run. */
export function residentBytes(name: ProcessName): number {
  const { pid } = processState(name);
  try {
    return residentBytesOf(pid ?? 0) || 0;
  } catch {
    return 0;
  }
}

/** The sum of a metric's samples that have all the labels. */
export async function metric(
  name: ProcessName,
  metricName: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { probePort } = processState(name);
  const response = await fetch(`http://127.0.0.1:${probePort ?? 0}/metrics`);
  const lines = (await response.text()).split('\n');
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return lines
    .filter((line) => line.startsWith(`${metricName}{`) || line.startsWith(`${metricName} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Where it was measured, and whether anything else is going on there. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { machineTimes } from './proc.js';

export interface Machine {
  readonly cores: number;
  readonly cpuModel: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly kafka: string;
  readonly aedes: string;
  readonly ws: string;
  readonly rhea: string;
}

/** @param kafkaPid the broker, whose command line names the folder of its version */
export function describeMachine(kafkaPid: number): Machine {
  const command = readFileSync(`/proc/${kafkaPid}/cmdline`, 'utf8');
  return {
    cores: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: totalmem() / 2 ** 30,
    kernel: release(),
    node: process.versions.node,
    kafka: /kafka-(\d+(?:\.\d+)+)/.exec(command)?.[1] ?? 'unknown',
    aedes: versionAt(new URL('package.json', import.meta.resolve('aedes'))),
    ws: versionAt(new URL('package.json', import.meta.resolve('ws'))),
    rhea: versionAt(new URL('../package.json', import.meta.resolve('rhea'))),
  };
}

/** The share of all cores that is in use, from 0 to 1, watched for so long. */
export async function busyShare(watchMs: number): Promise<number> {
  const before = machineTimes();
  await delay(watchMs);
  const after = machineTimes();
  return (after.busyUs - before.busyUs) / (after.totalUs - before.totalUs);
}

function versionAt(packageFile: URL): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

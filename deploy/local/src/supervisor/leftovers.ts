/**
 * Finds and ends what a supervisor that was killed left behind: the processes its run file names, if they
 * still are the same ones. Services first, then what they rest on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Reporter } from '../console/reporter.js';
import { isAlive, signalProcess, type ProcessIdentity } from '../machine/process-identity.js';
import { removeRunFile, type ProcessRecord, type RunRecord } from './run-file.js';

const lookIntervalMs = 50;

/** @returns how many had to be ended; the run file is gone afterwards */
export async function endLeftovers(
  runFile: string,
  record: RunRecord,
  reporter: Reporter,
  patienceMs = 40_000,
): Promise<number> {
  const living = findLeftovers(record);
  for (const kind of ['service', 'engine'] as const) {
    const group = living.filter((process) => process.kind === kind);
    for (const { name, identity, stopSignal } of group) {
      reporter.say(`ending ${name} (pid ${identity.pid}), left behind by a runner that was killed`);
      signalProcess(identity, stopSignal);
    }
    await Promise.all(group.map(({ identity }) => endFor(identity, patienceMs)));
  }
  removeRunFile(runFile);
  return living.length;
}

export type LeftProcess = ProcessRecord & { readonly identity: ProcessIdentity };

/** Of the record of a supervisor that is gone: what still runs, be it only until it has drained. */
export function findLeftovers(record: RunRecord): readonly LeftProcess[] {
  return record.processes.filter(isLeft);
}

function isLeft(record: ProcessRecord): record is LeftProcess {
  return record.identity !== undefined && isAlive(record.identity);
}

async function endFor(identity: ProcessIdentity, patienceMs: number): Promise<void> {
  const killAt = Date.now() + patienceMs;
  while (isAlive(identity)) {
    if (Date.now() > killAt) {
      signalProcess(identity, 'SIGKILL');
    }
    await delay(lookIntervalMs);
  }
}

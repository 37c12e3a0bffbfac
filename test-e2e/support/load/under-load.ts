/** What a fault does to a hub that devices send to, and what every fault must leave untouched. */
import { expect } from '@jest/globals';
import { MemoryWatch, mebibytes } from '../memory-watch.js';
import { printFigures } from '../print-figures.js';
import { processStates } from '../processes.js';
import { Load, type LoadOptions } from './load.js';
import type { LoadFigures } from './load-figures.js';
import type { StoredVerdict } from './stored-verdict.js';

export interface FaultReport {
  readonly figures: LoadFigures;
  readonly verdict: StoredVerdict;
  /** Of the messages that were not acknowledged yet when the fault came. */
  readonly longestPubackMs: number;
  /** Of the gateway that held most. */
  readonly residentBytesPeak: number;
  readonly residentBytesBefore: number;
  /** The processes that are not those of before. */
  readonly restarted: readonly string[];
}

/** Resolves when all that was sent is acknowledged and Kafka was read; prints the figures. */
export async function underLoad(
  name: string,
  options: LoadOptions,
  fault: (load: Load) => Promise<void>,
): Promise<FaultReport> {
  const pidsBefore = pids();
  const load = await Load.start(options);
  const memory = new MemoryWatch();
  const acknowledgedBefore = load.figures.acknowledged;
  try {
    await fault(load);
    await load.recovered();
    const verdict = await load.finish();
    const restarted = [...pids()].filter(([process, pid]) => pidsBefore.get(process) !== pid);
    const report = {
      figures: load.figures,
      verdict,
      longestPubackMs: load.figures.longestPubackMs(acknowledgedBefore),
      residentBytesPeak: memory.peakBytes,
      residentBytesBefore: memory.bytesBefore,
      restarted: restarted.map(([process]) => process),
    };
    print(name, report);
    return report;
  } finally {
    memory.stop();
    await load.stop();
  }
}

/** The promises that hold whatever happens: nothing acknowledged is lost, and each device's order. */
export function expectKept({ figures, verdict }: FaultReport): void {
  expect(verdict.missing).toEqual([]);
  expect(verdict.outOfOrder).toEqual([]);
  // PUBACKs come in the order of the PUBLISHes; one that does not ends the C# SDK's connection.
  expect(figures.strayPubacks).toBe(0);
  // An SDK stops for good when it is told that it is not authorized.
  expect([...figures.refusals.keys()].filter((code) => code !== 3 && code !== 'closed')).toEqual(
    [],
  );
}

function pids(): ReadonlyMap<string, number | undefined> {
  return new Map(processStates().map(({ name, pid }) => [name, pid]));
}

function print(name: string, report: FaultReport): void {
  const { figures, verdict } = report;
  printFigures(name, {
    acknowledged: figures.acknowledged,
    stored: verdict.stored,
    duplicates: verdict.duplicates,
    disconnects: figures.disconnects,
    refused: [...figures.refusals.values()].reduce((sum, count) => sum + count, 0),
    'longest PUBACK ms': report.longestPubackMs,
    'RSS before': mebibytes(report.residentBytesBefore),
    'RSS at most': mebibytes(report.residentBytesPeak),
  });
}

/** What a fault does to a hub that devices send to, and what every fault must leave untouched. */
import { expect } from '@jest/globals';
import { ConnectionEvents, type EventsByDevice } from '../connection-events.js';
import { MemoryWatch } from '../memory-watch.js';
import { mebibytes } from '../resident-bytes.js';
import { printFigures } from '../print-figures.js';
import { processStates } from '../processes.js';
import { ConnectAttempts, type ConnectAnswer } from './connect-attempts.js';
import { Load, type LoadOptions } from './load.js';
import type { LoadDevice } from './load-device.js';
import type { LoadFigures } from './load-figures.js';
import { gatewayResidentBytesMax } from '../memory-bound.js';
import type { StoredVerdict } from './stored-verdict.js';

interface FaultReport {
  readonly figures: LoadFigures;
  readonly verdict: StoredVerdict;
  readonly devices: readonly LoadDevice[];
  /** From before the first device came until the last one was gone. */
  readonly events: EventsByDevice;
  /** What a device was answered that tried to connect all the time. */
  readonly answers: ReadonlyMap<ConnectAnswer, number>;
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
  const events = await ConnectionEvents.fromNow();
  const load = await Load.start(options);
  const attempts = await ConnectAttempts.start();
  const memory = new MemoryWatch();
  const acknowledgedBefore = load.figures.acknowledged;
  try {
    await fault(load);
    await load.recovered();
    await attempts.stop();
    const verdict = await load.finish();
    const report = {
      figures: load.figures,
      verdict,
      devices: load.devices,
      events: await events.readAllSoFar(),
      answers: attempts.answers,
      longestPubackMs: load.figures.longestPubackMs(acknowledgedBefore),
      residentBytesPeak: memory.peakBytes,
      residentBytesBefore: memory.bytesBefore,
      restarted: [...pids()]
        .filter(([process, pid]) => pidsBefore.get(process) !== pid)
        .map(([process]) => process),
    };
    print(name, report);
    return report;
  } finally {
    memory.stop();
    await attempts.stop();
    await load.stop();
  }
}

/**
 * The promises that hold whatever happens: nothing acknowledged is lost, each device's order, each of its
 * connections told of once, and a bound on memory.
 */
export function expectKept(report: FaultReport): void {
  const { figures, verdict, devices, events, answers } = report;
  expect(verdict.missing).toEqual([]);
  expect(verdict.outOfOrder).toEqual([]);
  // PUBACKs come in the order of the PUBLISHes; one that does not ends the C# SDK's connection.
  expect(figures.strayPubacks).toBe(0);
  // An SDK stops for good when it is told that it is not authorized.
  const refusals = [...figures.refusals.keys(), ...answers.keys()];
  const harmless: readonly unknown[] = [0, 3, 'closed', 'unreachable'];
  expect(refusals.filter((answer) => !harmless.includes(answer))).toEqual([]);
  expect(devices.flatMap((device) => faultsOf(device, events))).toEqual([]);
  expect(report.residentBytesPeak).toBeLessThan(gatewayResidentBytesMax);
}

/** What is wrong with the events of a device that has gone. */
function faultsOf({ deviceId, sessions }: LoadDevice, byDevice: EventsByDevice): string[] {
  const events = byDevice.get(deviceId) ?? [];
  const types = events.map(({ type }) => type);
  const expected = Array.from({ length: sessions }, () => [
    'deviceConnected',
    'deviceDisconnected',
  ]);
  const numbers = events.map(({ sequenceNumber }) => sequenceNumber);
  const rising = [...new Set(numbers)].sort();
  return [
    ...(types.join() === expected.flat().join() ? [] : [`${deviceId}: ${types.join(', ')}`]),
    ...(numbers.join() === rising.join() ? [] : [`${deviceId}: ${numbers.join(', ')}`]),
  ];
}

function pids(): ReadonlyMap<string, number | undefined> {
  return new Map(processStates().map(({ name, pid }) => [name, pid]));
}

function print(name: string, report: FaultReport): void {
  const { figures, verdict, events, devices, answers } = report;
  const told = devices.map(({ deviceId }) => events.get(deviceId)?.length ?? 0);

  printFigures(name, {
    acknowledged: figures.acknowledged,
    stored: verdict.stored,
    duplicates: verdict.duplicates,
    disconnects: figures.disconnects,
    refused: sum([...figures.refusals.values()]),
    'connects meanwhile': answers.get(0) ?? 0,
    'connects that failed': sum([...answers.values()]) - (answers.get(0) ?? 0),
    'connection events': sum(told),
    'longest PUBACK ms': report.longestPubackMs,
    'RSS before': mebibytes(report.residentBytesBefore),
    'RSS at most': mebibytes(report.residentBytesPeak),
    'of bound': mebibytes(gatewayResidentBytesMax),
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

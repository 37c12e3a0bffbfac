/** Whether Kafka has what a load's devices sent: all of it, and each device's messages in order. */
import { scanTopic, type TopicEnds } from '../topic-scan.js';
import type { LoadDevice } from './load-device.js';

export interface StoredVerdict {
  /** Messages in Kafka, those that came more than once counted as often. */
  readonly stored: number;
  readonly duplicates: number;
  /** Acknowledged messages that are not there; nothing may be in here. */
  readonly missing: readonly string[];
  /** Messages whose first occurrence stands before that of an earlier one; nothing may be in here. */
  readonly outOfOrder: readonly string[];
}

export async function checkStored(
  devices: readonly LoadDevice[],
  { eventsTopic, from }: { readonly eventsTopic: string; readonly from: TopicEnds },
): Promise<StoredVerdict> {
  const numbers = new Map(devices.map(({ deviceId }) => [deviceId, [] as number[]]));
  await scanTopic(eventsTopic, from, ({ key, value }) => {
    numbers.get(key?.toString() ?? '')?.push(Number.parseInt(value?.toString() ?? '', 10));
  });
  const verdict = { stored: 0, duplicates: 0, missing: [] as string[], outOfOrder: [] as string[] };
  for (const { deviceId, acknowledged } of devices) {
    judge(deviceId, acknowledged, numbers.get(deviceId) ?? [], verdict);
  }
  return verdict;
}

interface Findings {
  stored: number;
  duplicates: number;
  readonly missing: string[];
  readonly outOfOrder: string[];
}

function judge(
  deviceId: string,
  acknowledged: number,
  numbers: readonly number[],
  findings: Findings,
): void {
  const seen = new Set<number>();
  let last = 0;
  for (const number of numbers) {
    findings.stored += 1;
    if (seen.has(number)) {
      findings.duplicates += 1;
    } else if (number < last) {
      findings.outOfOrder.push(`${deviceId}: ${number} came after ${last}`);
    }
    seen.add(number);
    last = Math.max(last, number);
  }
  for (let number = 1; number <= acknowledged; number++) {
    if (!seen.has(number)) {
      findings.missing.push(`${deviceId}: ${number} of ${acknowledged}`);
    }
  }
}

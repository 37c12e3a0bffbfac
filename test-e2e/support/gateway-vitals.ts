/** What of the gateways must be the same after an attack as before it. */
import { expect } from '@jest/globals';
import { gatewayResidentBytesMax } from './memory-bound.js';
import { MemoryWatch } from './memory-watch.js';
import { mebibytes } from './resident-bytes.js';
import { gatewayNames, metric, processState } from './processes.js';

export class GatewayVitals {
  readonly #pids = pids();
  readonly #memory = new MemoryWatch();

  get figures(): Readonly<Record<string, string>> {
    return {
      'RSS before': mebibytes(this.#memory.bytesBefore),
      'RSS at most': mebibytes(this.#memory.peakBytes),
      'of allowed': mebibytes(gatewayResidentBytesMax),
    };
  }

  /** The gateways are the processes that they were, and never held more than they may. */
  expectUnharmed(): void {
    this.#memory.stop();
    expect(pids()).toEqual(this.#pids);
    expect(this.#memory.peakBytes).toBeLessThan(gatewayResidentBytesMax);
  }
}

/** A counter of all gateways together. */
export async function gatewaysCount(
  metricName: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const counts = await Promise.all(gatewayNames.map((name) => metric(name, metricName, labels)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function pids(): (number | undefined)[] {
  return gatewayNames.map((name) => processState(name).pid);
}

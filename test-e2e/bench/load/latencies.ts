/** Times until something is answered, to a thousandth of themselves. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** All in milliseconds. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

const longestUs = 10 * 60_000_000;

export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ highest: longestUs, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)));
  }

  get count(): number {
    return this.#histogram.count;
  }

  /** Begins anew. */
  reset(): void {
    this.#histogram.reset();
  }

  get figures(): LatencyFigures {
    const percentile = (part: number): number => this.#histogram.percentile(part) / 1_000;
    return { p50: percentile(50), p90: percentile(90), p99: percentile(99) };
  }
}

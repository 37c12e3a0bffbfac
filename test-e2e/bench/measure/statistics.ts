/** What several rounds come to. */
export interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** @param values at least one */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  if (upper === undefined || lower === undefined || lowest === undefined || highest === undefined) {
    throw new RangeError('nothing was measured');
  }
  return { median: (lower + upper) / 2, lowest, highest };
}

/** Of each round's own pair, so that a machine that becomes slower meanwhile changes nothing. */
export function ratios(dividends: readonly number[], divisors: readonly number[]): number[] {
  return dividends.map((dividend, round) => dividend / (divisors[round] ?? NaN));
}

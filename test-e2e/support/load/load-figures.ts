/** What happened to the devices of a load, all together. */
export class LoadFigures {
  /** Connections that were let in. */
  sessions = 0;
  /** Of those, the ones that ended although the device had not asked for it. */
  disconnects = 0;
  /** Of those, the ones that the device gave up, since PINGRESP did not come. */
  silences = 0;
  /** Attempts that came to no TLS connection. */
  unreachable = 0;
  /** CONNECTs that were not accepted, by what was answered. */
  readonly refusals = new Map<number | 'closed' | 'no-connack', number>();
  /** Messages sent once more on a new connection. */
  resent = 0;
  /** PUBACKs of something else than the oldest message that waits. */
  strayPubacks = 0;
  /** From the first time that a message was sent to its PUBACK. */
  readonly #latenciesMs: number[] = [];

  get acknowledged(): number {
    return this.#latenciesMs.length;
  }

  acknowledge(latencyMs: number): void {
    this.#latenciesMs.push(latencyMs);
  }

  /** Of the messages acknowledged since the first `skipped` ones. @param share 0.99 for p99 */
  pubackMs(share: number, skipped = 0): number {
    return percentile(this.#latenciesMs.slice(skipped), share);
  }

  longestPubackMs(skipped = 0): number {
    return percentile(this.#latenciesMs.slice(skipped), 1);
  }
}

/** The smallest value that so large a share of the values does not exceed; 0 of none. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

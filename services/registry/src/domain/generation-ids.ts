/** Numbers that tell an identity from a later one with the same id (service-rest.md section 2.1). */
import { dotnetTicks } from '@linchpin/wire';

interface GenerationIdsOptions {
  readonly clock: () => Date;
  /** A whole number from 0 up to, not including, `bound`. */
  readonly randomBelow: (bound: number) => number;
}

const ticksPerMillisecond = 10_000;

/**
 * .NET ticks of now, each greater than the one before, whatever the clock does. A clock tells
 * milliseconds; the digits below are random, so that two processes do not agree by habit.
 */
export class GenerationIds {
  #previous = 0n;

  constructor(private readonly options: GenerationIdsOptions) {}

  next(): bigint {
    const { clock, randomBelow } = this.options;
    const now = dotnetTicks(clock()) + BigInt(randomBelow(ticksPerMillisecond));
    this.#previous = now > this.#previous ? now : this.#previous + 1n;
    return this.#previous;
  }
}

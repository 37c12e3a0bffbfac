import type { FrameOutput } from '../frames/frame-output.js';
import { encodeSettlement, type LinkRole, type Settlement } from '../performatives/disposition.js';
import type { Outcome } from '../performatives/outcomes.js';
import { addSerial, serialDistance } from './serial-number.js';

interface Range {
  readonly first: number;
  last: number;
}

/**
 * Settlements of a session that wait to be written. Those of accepted deliveries that follow one
 * another become one disposition, in whatever order they were added; every other is one of its own.
 */
export class Settlements {
  #accepted: Range[] = [];
  #others: Settlement[] = [];

  constructor(private readonly role: LinkRole) {}

  add(deliveryId: number, outcome: Outcome): void {
    if (outcome.type !== 'accepted') {
      this.#others.push({ role: this.role, first: deliveryId, last: deliveryId, outcome });
      return;
    }
    const range = this.#accepted.at(-1);
    if (range !== undefined && addSerial(range.last, 1) === deliveryId) {
      range.last = deliveryId;
    } else {
      this.#accepted.push({ first: deliveryId, last: deliveryId });
    }
  }

  writeTo(output: FrameOutput, channel: number): void {
    for (const { first, last } of this.#takeRanges()) {
      const outcome = { type: 'accepted' } as const;
      output.writeFrame(channel, encodeSettlement, { role: this.role, first, last, outcome });
    }
    for (const settlement of this.#others) {
      output.writeFrame(channel, encodeSettlement, settlement);
    }
    this.#others = [];
  }

  #takeRanges(): Range[] {
    const ranges = this.#accepted;
    if (ranges.length === 0) {
      return ranges;
    }
    this.#accepted = [];
    return ranges.length === 1 ? ranges : joinRanges(ranges);
  }
}

function joinRanges(ranges: Range[]): Range[] {
  ranges.sort((a, b) => serialDistance(a.first, b.first));
  const joined: Range[] = [];
  for (const range of ranges) {
    const previous = joined.at(-1);
    if (previous !== undefined && addSerial(previous.last, 1) === range.first) {
      previous.last = range.last;
    } else {
      joined.push(range);
    }
  }
  return joined;
}

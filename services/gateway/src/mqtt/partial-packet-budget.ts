import { ProtocolViolation } from './protocol-violation.js';

/** The memory that a class of connections may keep together for packets whose end has not come yet. */
export class PartialPacketBudget {
  #used = 0;

  constructor(private readonly bytesMax: number) {}

  get used(): number {
    return this.#used;
  }

  /** Replaces what a connection has reserved; false, and nothing changed, when it is too much. */
  change(reserved: number, wanted: number): boolean {
    const used = this.#used - reserved + wanted;
    if (wanted > reserved && used > this.bytesMax) {
      return false;
    }
    this.#used = used;
    return true;
  }
}

/**
 * One connection's part of a budget. A connection that wants more than is left is closed: only one
 * that sends slowly holds any.
 */
export class PartialPacketReservation {
  #bytes = 0;

  constructor(private budget: PartialPacketBudget) {}

  /** @throws ProtocolViolation when there is not so much left */
  resize(bytes: number): void {
    if (bytes === this.#bytes) {
      return;
    }
    if (!this.budget.change(this.#bytes, bytes)) {
      throw new ProtocolViolation(
        'a packet that comes slowly, while there is no memory to keep it',
      );
    }
    this.#bytes = bytes;
  }

  /** @throws ProtocolViolation when the other budget has not so much left */
  moveTo(budget: PartialPacketBudget): void {
    const bytes = this.#bytes;
    this.resize(0);
    this.budget = budget;
    this.resize(bytes);
  }
}

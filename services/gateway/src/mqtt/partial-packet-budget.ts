/**
 * The memory that all connections together may keep for packets whose end has not come yet. A
 * connection that wants more than is left is closed: only one that sends slowly holds any.
 */
export class PartialPacketBudget {
  #used = 0;

  constructor(private readonly bytesMax: number) {}

  /** Replaces what a connection has reserved; false, and nothing reserved, when it is too much. */
  change(reserved: number, wanted: number): boolean {
    const used = this.#used - reserved + wanted;
    if (wanted > reserved && used > this.bytesMax) {
      return false;
    }
    this.#used = used;
    return true;
  }
}

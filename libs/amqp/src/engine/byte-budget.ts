/** How much memory may be held for something, and how much is. */
export class ByteBudget {
  #takenBytes = 0;

  constructor(private readonly bytesMax: number) {}

  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Whether it is time to take no more than must be. */
  get isHalfTaken(): boolean {
    return 2 * this.#takenBytes >= this.bytesMax;
  }

  /** @returns false when there is not so much left; nothing is taken then */
  take(bytes: number): boolean {
    if (this.#takenBytes + bytes > this.bytesMax) {
      return false;
    }
    this.#takenBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#takenBytes -= bytes;
  }
}

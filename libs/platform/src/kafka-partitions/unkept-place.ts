/** Of what was fetched and may not be kept one reader's is held, until its turn: the others fetch theirs again. */
export class UnkeptPlace {
  #holder: object | undefined;
  #isWanted = false;

  /** @param freed those who were refused may fetch again */
  constructor(private readonly freed: () => void) {}

  get isTaken(): boolean {
    return this.#holder !== undefined;
  }

  take(reader: object): boolean {
    if (this.#holder !== undefined) {
      this.#isWanted = true;
      return false;
    }
    this.#holder = reader;
    return true;
  }

  leave(reader: object): void {
    if (this.#holder !== reader) {
      return;
    }
    this.#holder = undefined;
    if (this.#isWanted) {
      this.#isWanted = false;
      this.freed();
    }
  }
}

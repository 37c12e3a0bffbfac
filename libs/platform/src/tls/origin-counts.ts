/** How many connections there are of each client, who is told apart by `originOf` of `@linchpin/auth`. */
export class OriginCounts {
  readonly #counts = new Map<string, number>();

  of(origin: string): number {
    return this.#counts.get(origin) ?? 0;
  }

  add(origin: string): void {
    this.#counts.set(origin, this.of(origin) + 1);
  }

  remove(origin: string): void {
    const left = this.of(origin) - 1;
    if (left > 0) {
      this.#counts.set(origin, left);
    } else {
      this.#counts.delete(origin);
    }
  }
}

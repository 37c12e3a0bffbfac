/** Things that share a name with few others. */
export class SetsByName<Thing> {
  readonly #sets = new Map<string, Set<Thing>>();

  add(name: string, thing: Thing): void {
    const named = this.#sets.get(name);
    if (named === undefined) {
      this.#sets.set(name, new Set([thing]));
    } else {
      named.add(thing);
    }
  }

  remove(name: string, thing: Thing): void {
    const named = this.#sets.get(name);
    named?.delete(thing);
    if (named?.size === 0) {
      this.#sets.delete(name);
    }
  }

  of(name: string): Iterable<Thing> {
    return this.#sets.get(name) ?? [];
  }
}

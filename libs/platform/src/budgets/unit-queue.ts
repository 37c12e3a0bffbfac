/** What waits, in order, and how many units it all comes to. Taking the first costs the same however many wait. */
export class UnitQueue<Item extends { readonly units: number }> {
  #items: Item[] = [];
  #first = 0;
  #units = 0;

  get units(): number {
    return this.#units;
  }

  get first(): Item | undefined {
    return this.#items[this.#first];
  }

  get isEmpty(): boolean {
    return this.#first === this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#units += item.units;
  }

  shift(): Item | undefined {
    const item = this.first;
    if (item === undefined) {
      return undefined;
    }
    this.#units -= item.units;
    this.#first += 1;
    if (this.isEmpty) {
      this.#items = [];
      this.#first = 0;
    } else if (this.#first > 1_024) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

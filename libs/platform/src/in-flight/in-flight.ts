import assert from 'node:assert';

/**
 * What has begun and not yet ended, by number. A Map would do, but for V8's collector (ADR 20): a Map or a Set that
 * outgrows its table links it to the next, and once the first is old, all that any of them held stays until the
 * old space is collected. Where much comes and goes, nothing of it would die young; here it does.
 */
export class InFlight<Value extends object> {
  readonly #values = Object.create(null) as Record<number, Value | undefined>;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return id in this.#values;
  }

  /** @param id a whole number that nothing in flight has */
  set(id: number, value: Value): void {
    assert(!this.has(id), 'each has its own number');
    this.#values[id] = value;
    this.#size += 1;
  }

  /** Ends it. @returns undefined when there is none of that number */
  take(id: number): Value | undefined {
    const value = this.#values[id];
    if (value !== undefined) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a dictionary is what it is meant to be
      delete this.#values[id];
      this.#size -= 1;
    }
    return value;
  }

  ids(): number[] {
    return Object.keys(this.#values).map(Number);
  }

  values(): Value[] {
    return Object.values(this.#values) as Value[];
  }
}

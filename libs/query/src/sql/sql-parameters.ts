/** The values of a statement: what came from outside is never part of its text. */
export class SqlParameters {
  readonly #values: (string | number | boolean | readonly string[])[] = [];

  get values(): readonly (string | number | boolean | readonly string[])[] {
    return this.#values;
  }

  /** @returns what stands for the value in the text; the type is a word of ours */
  bind(value: string | number | boolean | readonly string[], type: string): string {
    this.#values.push(value);
    return `$${this.#values.length}::${type}`;
  }
}

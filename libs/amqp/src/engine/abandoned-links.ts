/** The longest name that is kept: those of SDKs have some 100 characters. */
const nameLengthMax = 256;

const keptMax = 16;

/**
 * Links of a session that their client detached before it was decided about them. Each is answered by `attach` and
 * `detach`, which rhea takes for a link that we begin: it attaches and detaches its own once more. That has no answer, or
 * both would go on for ever.
 */
export class AbandonedLinks {
  readonly #answered = new Set<string>();

  /** @returns whether it is to be answered */
  add(name: string): boolean {
    if (this.#answered.delete(name)) {
      return false;
    }
    if (name.length <= nameLengthMax) {
      this.#answered.add(name);
    }
    if (this.#answered.size > keptMax) {
      const [oldest = ''] = this.#answered;
      this.#answered.delete(oldest);
    }
    return true;
  }
}

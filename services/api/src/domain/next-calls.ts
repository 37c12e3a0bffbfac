interface Line<Result> {
  readonly current: Promise<Result>;
  /** Begins when the current one has ended, for all who have come since. */
  next: Promise<Result> | undefined;
}

/**
 * Calls for the same thing at the same time are one: who comes while one is under way shares the next, so that
 * each hears what was so after it came.
 */
export class NextCalls<Result> {
  readonly #lines = new Map<string, Line<Result>>();

  /** @param name tells what the call is for: whoever gives the same may have another's answer */
  call(name: string, begin: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(name);
    if (line === undefined) {
      return this.#begin(name, begin);
    }
    line.next ??= settled(line.current).then(() => this.#begin(name, begin));
    return line.next;
  }

  #begin(name: string, begin: () => Promise<Result>): Promise<Result> {
    const line: Line<Result> = { current: begin(), next: undefined };
    this.#lines.set(name, line);
    void settled(line.current).then(() => {
      if (line.next === undefined) {
        this.#lines.delete(name);
      }
    });
    return line.current;
  }
}

function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  );
}

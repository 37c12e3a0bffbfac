/** Something that has gathered what it wants to write. */
export interface Flushable {
  flush(): void;
}

/**
 * Lets connections write once for all that the current turn of the event loop brought them: a batch
 * that Kafka has stored acknowledges many messages of many connections at once.
 */
export class WriteBatcher {
  #pending = new Set<Flushable>();

  schedule(connection: Flushable): void {
    if (this.#pending.size === 0) {
      process.nextTick(() => {
        this.#flush();
      });
    }
    this.#pending.add(connection);
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = new Set();
    for (const connection of pending) {
      connection.flush();
    }
  }
}

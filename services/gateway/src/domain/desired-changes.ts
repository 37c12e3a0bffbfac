/** What a connection is told of its twin's desired properties (device-mqtt.md section 9.3). */

export interface DesiredChange {
  readonly version: bigint;
  /** With its `$version`. */
  readonly json: string;
  readonly committedAt: Date;
}

interface DesiredChangesOptions {
  readonly connectedAt: Date;
  readonly isSubscribed: () => boolean;
  /** Resolves when a read of the twin that is under way is answered. */
  readonly readAnswered: () => Promise<void>;
  readonly send: (change: DesiredChange) => void;
}

/** Two processes' clocks differ by less. A device is rather told twice than not at all. */
const clockToleranceMs = 1_000;

/**
 * Tells each change once, by rising versions. A read that was answered before shows it or an earlier state, one
 * that is answered later shows it or a later one.
 */
export class DesiredChanges {
  #lastVersion = 0n;
  #told: Promise<void> = Promise.resolve();

  constructor(private readonly options: DesiredChangesOptions) {}

  /** @param changes by rising versions @throws what `send` throws */
  tell(changes: readonly DesiredChange[]): Promise<void> {
    const told = this.#told.then(() => this.#tell(changes));
    this.#told = told.catch(() => undefined);
    return told;
  }

  async #tell(changes: readonly DesiredChange[]): Promise<void> {
    const { connectedAt, isSubscribed, readAnswered, send } = this.options;
    await readAnswered();
    const oldestMs = connectedAt.getTime() - clockToleranceMs;
    for (const change of changes) {
      // Who connects reads the twin, and has seen by that what came before.
      const isNews = change.version > this.#lastVersion && change.committedAt.getTime() >= oldestMs;
      if (isNews && isSubscribed()) {
        send(change);
        this.#lastVersion = change.version;
      }
    }
  }
}

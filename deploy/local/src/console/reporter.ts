/** What the person at the keyboard sees while a hub comes up, runs and goes down. */
export interface Reporter {
  /** One line about the hub itself. */
  say(text: string): void;
  /** One line that a service wrote to its log. */
  log(name: string, line: string): void;
}

/** Where lines go: a stream, and whether the services' own lines belong there too. */
export interface ConsoleTarget {
  write(text: string): unknown;
}

/** `linchpin | text`, with the names in a column of their own. */
export class ConsoleReporter implements Reporter {
  readonly #target: ConsoleTarget;
  readonly #showLogs: boolean;

  constructor(target: ConsoleTarget, showLogs: boolean) {
    this.#target = target;
    this.#showLogs = showLogs;
  }

  say(text: string): void {
    this.#write('linchpin', text);
  }

  log(name: string, line: string): void {
    if (this.#showLogs) {
      this.#write(name, line);
    }
  }

  #write(name: string, text: string): void {
    for (const line of text.split('\n')) {
      this.#target.write(`${name.padEnd(nameWidth)} | ${line}\n`);
    }
  }
}

const nameWidth = 10;

/**
 * What one process writes, kept on the disk within a bound: `<name>.log`, and the one before it as
 * `<name>.log.1`. Written at once and in order; the last lines are also kept in memory, for the
 * sentence about a process that fails.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';

interface LogFileOptions {
  readonly path: string;
  readonly sizeMax?: number;
  /** Each whole line, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Told once when the disk takes no more, and again after it did in between. */
  readonly onWriteError?: (error: NodeJS.ErrnoException) => void;
}

const defaultSizeMax = 10 * 1024 * 1024;
const keptLinesMax = 30;
/** A line without an end is cut there, so that memory stays bounded. */
const lineLengthMax = 64 * 1024;

export class LogFile {
  readonly path: string;
  readonly #sizeMax: number;
  readonly #onLine: (line: string) => void;
  readonly #onWriteError: (error: NodeJS.ErrnoException) => void;
  readonly #lastLines: string[] = [];
  #descriptor: number;
  #size: number;
  #partialLine = '';
  #hasFailed = false;

  constructor(options: LogFileOptions) {
    this.path = options.path;
    this.#sizeMax = options.sizeMax ?? defaultSizeMax;
    this.#onLine = options.onLine ?? (() => undefined);
    this.#onWriteError = options.onWriteError ?? (() => undefined);
    if (existsSync(this.path) && statSync(this.path).size > 0) {
      renameSync(this.path, `${this.path}.1`);
    }
    this.#descriptor = openSync(this.path, 'a', 0o640);
    this.#size = fstatSync(this.#descriptor).size;
  }

  get lastLines(): readonly string[] {
    return this.#partialLine === '' ? this.#lastLines : [...this.#lastLines, this.#partialLine];
  }

  write(chunk: Buffer): void {
    this.#store(chunk);
    const lines = (this.#partialLine + chunk.toString()).split('\n');
    this.#partialLine = (lines.pop() ?? '').slice(-lineLengthMax);
    for (const line of lines) {
      this.#lastLines.push(line);
      this.#onLine(line);
    }
    this.#lastLines.splice(0, this.#lastLines.length - keptLinesMax);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #store(chunk: Buffer): void {
    try {
      if (this.#size + chunk.length > this.#sizeMax && this.#size > 0) {
        this.#rotate();
      }
      this.#size += writeSync(this.#descriptor, chunk);
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) {
        this.#hasFailed = true;
        this.#onWriteError(error as NodeJS.ErrnoException);
      }
    }
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, 'a', 0o640);
    this.#size = 0;
  }
}

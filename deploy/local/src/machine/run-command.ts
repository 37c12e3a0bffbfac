/** Runs a program to its end and keeps what it printed. */
import { spawn } from 'node:child_process';

interface CommandResult {
  /** The exit code; 128 + n when signal n ended it, as shells count. */
  readonly code: number;
  /** The last lines of both streams, in the order of arrival. */
  readonly output: string;
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** More than any sentence quotes. */
const outputLengthMax = 16_384;

export async function runCommand(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-outputLengthMax);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code: code ?? (signal === null ? 1 : 128), output: output.trim() });
    });
  });
}

/** The last `count` lines of a text, for a sentence about why a program failed. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** A program of another language that tells what happens to it, each thing as a line of JSON: its kind and a value. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { eventually } from '@linchpin/testing';

type Told = readonly [kind: string, value: unknown];

export interface TellingProcess {
  /** The first of this kind that it told, or tells, and that is it. @throws Error when it ends without */
  told(kind: string, isIt?: (value: unknown) => boolean): Promise<unknown>;
  /** All of this kind that it told so far. */
  soFar(kind: string): readonly unknown[];
  /** What it has logged on standard error. */
  logged(): string;
  /** Tells it something. */
  say(line: string): void;
  /** Nothing more is told to it. */
  sayNoMore(): void;
  kill(): void;
  /** Resolves when it has ended in good order. @throws Error when it has not */
  readonly ended: Promise<void>;
}

export function startTelling(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): TellingProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  const lines: Told[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line) as Told);
  });
  const ended = once(child, 'exit').then(([code]: unknown[]) => {
    if (code !== 0) {
      throw new Error(`${command} ended with ${String(code)}: ${errors}`);
    }
  });
  ended.catch(() => undefined);
  return {
    told: async (kind, isIt = () => true) => {
      const find = () => lines.find(([told, value]) => told === kind && isIt(value));
      await eventually(() => find() !== undefined || child.exitCode !== null);
      if (find() === undefined) {
        await ended;
      }
      return find()?.[1];
    },
    soFar: (kind) => lines.filter(([told]) => told === kind).map(([, value]) => value),
    logged: () => errors,
    say: (line) => child.stdin.write(`${line}\n`),
    sayNoMore: () => child.stdin.end(),
    kill: () => child.kill('SIGKILL'),
    ended,
  };
}

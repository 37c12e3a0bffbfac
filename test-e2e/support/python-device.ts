/** A device or module of the unmodified Python SDK, which tells what it is sent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '@linchpin/testing';

type Told = readonly [kind: string, value: unknown];

export interface PythonDevice {
  /** The first of this kind that it told, or tells, and that is it. */
  told(kind: string, isIt?: (value: unknown) => boolean): Promise<unknown>;
  /** Resolves when it has ended in good order. @throws Error when it has not */
  readonly ended: Promise<void>;
}

/** @param parameters of the script */
export function startPythonDevice(
  script: 'serve_twin.py' | 'take_messages.py',
  ...parameters: readonly string[]
): PythonDevice {
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const path = join(import.meta.dirname, '..', 'python', script);
  const child = spawn(python, [path, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Told[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line) as Told);
  });
  const ended = once(child, 'exit').then(([code]: unknown[]) => {
    if (code !== 0) {
      throw new Error(`the Python device ended with ${String(code)}: ${errors}`);
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
    ended,
  };
}

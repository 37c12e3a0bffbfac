/**
 * Runs a compiled file of test-e2e/bench as a process of its own: it writes the result to standard
 * output, and how far it is to standard error. While it runs it may ask for another number of
 * gateways with `{ gateways: N }`, and hears `{ ready: true }` once they serve. It ends when this
 * process does.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';

interface BenchmarkProcess {
  readonly file: 'check.js' | 'main.js';
  readonly words: readonly string[];
  readonly repositoryDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly restartHub: (gateways: number) => Promise<unknown>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** @returns the exit code. @throws Error when the hub could not be started as it asked */
export function runBenchmark(options: BenchmarkProcess): Promise<number> {
  const { file, words, repositoryDir, environment, restartHub, signal } = options;
  const child = fork(join(repositoryDir, 'test-e2e', 'dist', 'bench', file), words, {
    cwd: repositoryDir,
    env: environment,
    execArgv: ['--enable-source-maps'],
    signal,
  });
  return new Promise((resolve, reject) => {
    child.on('message', ({ gateways }: { readonly gateways: number }) => {
      restartHub(gateways).then(
        () => child.send({ ready: true }),
        (error: unknown) => {
          child.kill();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
    child.once('error', (error) => {
      if (signal.aborted) {
        resolve(130);
      } else {
        reject(error);
      }
    });
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

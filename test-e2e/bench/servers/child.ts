/** Processes that the benchmark starts: each says when it is ready, and ends when the benchmark does. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @param file beside this one @returns the child, and the first thing that it said */
export async function startChild(
  file: string,
  words: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly pid: number; readonly ready: unknown }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), words);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} ended before it was ready`);
  });
  const [ready] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  ended.catch(() => undefined);
  return { child, pid: child.pid ?? 0, ready };
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (!child.connected) {
    return;
  }
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

/** In the child: ends it when the benchmark no longer listens. */
export function endWithParent(): void {
  process.once('disconnect', () => {
    process.exit(0);
  });
}

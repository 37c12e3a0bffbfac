/** Runs a step that comes to an end by itself, such as the migrations of a service. */
import { once } from 'node:events';
import { RunnerError } from '../runner-error.js';
import { describeExit, findRemedy, quoteLastLines, type Exit } from './explain-exit.js';
import type { LogFile } from './log-file.js';
import type { TaskStep } from './plan.js';
import { spawnChild } from './spawn-child.js';

/** Resolves when it ended with exit code 0; an abort ends it. */
export async function runTask(step: TaskStep, log: LogFile, signal: AbortSignal): Promise<void> {
  const child = spawnChild(step.launch, 'SIGTERM');
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  child.stdout.on('data', (chunk: Buffer) => {
    log.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log.write(chunk);
  });
  signal.addEventListener('abort', stop, { once: true });
  const [code, endSignal] = (await once(child, 'close')) as [Exit['code'], Exit['signal']];
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) {
    throw new RunnerError(
      `Preparing the ${step.label} failed: ${step.name} ${describeExit({ code, signal: endSignal })}. ` +
        `Its last words:\n${quoteLastLines(log.lastLines)}\n`,
      findRemedy(log.lastLines) ?? `See ${log.path}.`,
    );
  }
}

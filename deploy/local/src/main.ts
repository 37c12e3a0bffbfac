/**
 * The runner: one command per file in commands/, named as it is called. A command exports
 * `run(words)`, which resolves to the exit code.
 */
import { tellLauncher } from './commands/launcher-channel.js';
import { explainError } from './explain-error.js';
import { RunnerError } from './runner-error.js';

interface Command {
  run(words: readonly string[]): Promise<number>;
}

/** Loaded one at a time, so that `status` does not wait for what only `start` needs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: () => import('./commands/start.js'),
  stop: () => import('./commands/stop.js'),
  status: () => import('./commands/status.js'),
  reset: () => import('./commands/reset.js'),
  test: () => import('./commands/test.js'),
  bench: () => import('./commands/bench.js'),
};

// A console that is closed must not end what runs.
process.stdout.on('error', () => undefined);
process.exit(await main(process.argv.slice(2)));

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  const [name = '', ...rest] = words;
  try {
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) {
      throw new RunnerError(
        `There is no command "${name}".`,
        `The commands are ${Object.keys(commands).join(', ')}.`,
      );
    }
    return await (await load()).run(rest);
  } catch (error) {
    const text = explainError(error);
    process.stderr.write(`${text}\n`);
    tellLauncher({ kind: 'failed', text });
    return 1;
  }
}

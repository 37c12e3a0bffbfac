/** `npm run reset`: empties the state folder, when nothing runs in it. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { refuseArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { ConsoleReporter } from '../console/reporter.js';
import { RunnerError } from '../runner-error.js';
import { nestedStateFolders, requireStateFolder, statePaths } from '../state-folder.js';
import { endLeftovers } from '../supervisor/leftovers.js';
import { findRunning, readRunFile } from '../supervisor/run-file.js';

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  refuseArguments('npm run reset', words);
  const { stateDir } = readConfig();
  const reporter = new ConsoleReporter(process.stdout, false);
  if (!existsSync(stateDir) || readdirSync(stateDir).length === 0) {
    reporter.say(`${stateDir} is empty already`);
    return 0;
  }
  const paths = statePaths(stateDir);
  requireStateFolder(paths);
  for (const folder of [stateDir, ...nestedStateFolders(stateDir)]) {
    requireStopped(folder);
  }
  const record = readRunFile(paths.runFile);
  if (record !== undefined) {
    await endLeftovers(paths.runFile, record, reporter);
  }
  for (const entry of readdirSync(stateDir)) {
    rmSync(join(stateDir, entry), { recursive: true, force: true });
  }
  reporter.say(`${stateDir} is empty: the next start begins anew`);
  return 0;
}

function requireStopped(folder: string): void {
  const running = findRunning(statePaths(folder).runFile);
  if (running !== undefined) {
    throw new RunnerError(
      `A hub is running in ${folder} (pid ${running.supervisor.pid}).`,
      'End it first with "npm stop"; a test run ends with Ctrl-C.',
    );
  }
}

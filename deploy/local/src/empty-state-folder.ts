/** Makes a state folder as it was before the first start. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from './console/reporter.js';
import { RunnerError } from './runner-error.js';
import {
  isEntryOfHub,
  markStateFolder,
  requireStateFolder,
  runnerCommand,
  statePaths,
} from './state-folder.js';
import { endLeftovers } from './supervisor/leftovers.js';
import { findRunning, readRunFile } from './supervisor/run-file.js';

/**
 * Ends what a killed runner left in the folder and removes what a hub keeps there. All else in it is
 * somebody's: another hub's folder, the engines that all share.
 *
 * @returns the names of what was left
 * @throws RunnerError when a hub runs in it, or when it is not Linchpin's
 */
export async function emptyStateFolder(
  stateDir: string,
  reporter: Reporter,
): Promise<readonly string[]> {
  const names = existsSync(stateDir) ? readdirSync(stateDir) : [];
  if (names.length === 0) {
    return [];
  }
  const paths = statePaths(stateDir);
  requireStateFolder(paths);
  const running = findRunning(paths.runFile);
  if (running !== undefined) {
    throw new RunnerError(
      `A hub is running in ${stateDir} (pid ${running.supervisor.pid}).`,
      `End it first with "${runnerCommand(stateDir, 'npm stop')}"; a test run ends with Ctrl-C.`,
    );
  }
  const record = readRunFile(paths.runFile);
  if (record !== undefined) {
    await endLeftovers(paths.runFile, record, reporter);
  }
  for (const name of names.filter(isEntryOfHub)) {
    rmSync(join(stateDir, name), { recursive: true, force: true });
  }
  const left = names.filter((name) => !isEntryOfHub(name));
  if (left.length > 0) {
    // Without its mark a folder that is not empty would be refused by the next start.
    markStateFolder(paths);
  }
  return left;
}

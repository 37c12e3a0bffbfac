/** Makes a state folder as it was before the first start. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from './console/reporter.js';
import { RunnerError } from './runner-error.js';
import { nestedStateFolders, requireStateFolder, statePaths } from './state-folder.js';
import { endLeftovers } from './supervisor/leftovers.js';
import { findRunning, readRunFile } from './supervisor/run-file.js';

/**
 * Ends what a killed runner left in the folder and empties it.
 *
 * @throws RunnerError when a hub runs in it, or when it is not Linchpin's
 */
export async function emptyStateFolder(stateDir: string, reporter: Reporter): Promise<void> {
  if (!existsSync(stateDir) || readdirSync(stateDir).length === 0) {
    return;
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

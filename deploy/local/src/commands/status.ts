/** `npm run status`: what runs. Exit code 0 while a hub runs, 3 when none does. */
import { parseStatusArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { formatStatusTable, formatStopped, statusReport } from '../console/status-table.js';
import { freeSpaceMb, lowSpaceMb } from '../machine/disk-space.js';
import { statePaths } from '../state-folder.js';
import { findLeftovers } from '../supervisor/leftovers.js';
import { findRunning, readRunFile } from '../supervisor/run-file.js';

/** As the init scripts of Linux have it: "program is not running". */
const notRunning = 3;

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  const { json } = parseStatusArguments(words);
  const { stateDir } = readConfig();
  const { runFile } = statePaths(stateDir);
  const record = findRunning(runFile);
  if (json) {
    process.stdout.write(`${JSON.stringify(statusReport(record), undefined, 2)}\n`);
  } else if (record === undefined) {
    const last = readRunFile(runFile);
    process.stdout.write(formatStopped(stateDir, last === undefined ? [] : findLeftovers(last)));
  } else {
    process.stdout.write(formatStatusTable(record, new Date()));
    await warnOfFullDisk(stateDir);
  }
  return record === undefined ? notRunning : 0;
}

/** On a full disk the supervisor cannot write down what changes. */
async function warnOfFullDisk(stateDir: string): Promise<void> {
  const freeMb = await freeSpaceMb(stateDir);
  if (freeMb < lowSpaceMb) {
    process.stdout.write(
      `The disk that holds ${stateDir} has ${freeMb} MB left; what stands above may be old.\n`,
    );
  }
}

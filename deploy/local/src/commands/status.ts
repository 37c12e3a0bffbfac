/** `npm run status`: what runs. Exit code 0 while a hub runs, 3 when none does. */
import { parseStatusArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { formatStatusTable, statusReport } from '../console/status-table.js';
import { statePaths } from '../state-folder.js';
import { findRunning } from '../supervisor/run-file.js';

/** As the init scripts of Linux have it: "program is not running". */
const notRunning = 3;

/** @returns the exit code */
export function run(words: readonly string[]): Promise<number> {
  const { json } = parseStatusArguments(words);
  const record = findRunning(statePaths(readConfig().stateDir).runFile);
  if (json) {
    process.stdout.write(`${JSON.stringify(statusReport(record), undefined, 2)}\n`);
  } else if (record === undefined) {
    process.stdout.write('No hub is running. Start one with "npm start".\n');
  } else {
    process.stdout.write(formatStatusTable(record, new Date()));
  }
  return Promise.resolve(record === undefined ? notRunning : 0);
}

/** `npm run reset`: empties the state folder, when nothing runs in it. */
import { refuseArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { ConsoleReporter } from '../console/reporter.js';
import { emptyStateFolder } from '../empty-state-folder.js';

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  refuseArguments('npm run reset', words);
  const { stateDir } = readConfig();
  const reporter = new ConsoleReporter(process.stdout, false);
  await emptyStateFolder(stateDir, reporter);
  reporter.say(`${stateDir} is empty: the next start begins anew`);
  return 0;
}

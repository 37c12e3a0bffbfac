/** `npm run reset`: removes a hub's state, when nothing runs on it. */
import { refuseArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { ConsoleReporter } from '../console/reporter.js';
import { emptyStateFolder } from '../empty-state-folder.js';

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  refuseArguments('npm run reset', words);
  const { stateDir } = readConfig();
  const reporter = new ConsoleReporter(process.stdout, false);
  const left = await emptyStateFolder(stateDir, reporter);
  reporter.say(`the hub's state in ${stateDir} is gone: the next start begins anew`);
  if (left.length > 0) {
    reporter.say(`left there, being none of it: ${left.join(', ')}`);
  }
  return 0;
}

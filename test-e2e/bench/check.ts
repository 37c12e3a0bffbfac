/** Whether it may begin: before a hub is started, so that a refusal costs nothing. Exit code 1: no. */
import { parseArguments } from './arguments.js';
import { busyShare } from './measure/machine.js';

/** A tenth of the machine that is used by others moves every figure by more than their spread. */
const busyShareMax = 0.1;
const watchMs = 3_000;

process.exit(await check(process.argv.slice(2)));

async function check(words: readonly string[]): Promise<number> {
  try {
    if (!parseArguments(words).isForced) {
      await requireQuiet();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

async function requireQuiet(): Promise<void> {
  const share = await busyShare(watchMs);
  if (share > busyShareMax) {
    throw new Error(
      `The machine is busy: ${Math.round(share * 100)} % of its CPU is in use, and no more than ` +
        `${busyShareMax * 100} % may be. Wait until it is quiet, or add --force and do not trust the figures.`,
    );
  }
}

/** `npm start`: a hub in the foreground, or in the background with `--detach`. */
import { parseStartArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { formatHowToConnect } from '../console/how-to-connect.js';
import { ConsoleReporter, type ConsoleTarget } from '../console/reporter.js';
import { Hub } from '../hub.js';
import { tellLauncher } from './launcher-channel.js';
import { startDetached } from './start-detached.js';

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  const options = parseStartArguments(words);
  const config = readConfig();
  if (options.mode === 'detach') {
    return startDetached(config, words);
  }
  const isBackground = options.mode === 'background';
  const reporter = new ConsoleReporter(
    isBackground ? launcherTarget : process.stdout,
    !isBackground,
  );
  const hub = new Hub(config, options, reporter);
  const told = untilToldToStop(hub, (text) => {
    reporter.say(text);
  });
  try {
    const addresses = await hub.start();
    reporter.say(formatHowToConnect(config, addresses, isBackground));
    tellLauncher({ kind: 'ready' });
  } catch (error) {
    if (!told.isTold()) {
      throw error;
    }
  }
  await told.stopped;
  return 0;
}

const launcherTarget: ConsoleTarget = {
  write(text) {
    process.stdout.write(text);
    tellLauncher({ kind: 'line', text });
  },
};

/**
 * Ctrl-C may arrive twice (from the terminal, and handed on by npm), so that a repetition changes
 * nothing; every process has a deadline of its own.
 */
function untilToldToStop(
  hub: Hub,
  say: (text: string) => void,
): { readonly stopped: Promise<void>; readonly isTold: () => boolean } {
  let isTold = false;
  const stopped = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      if (!isTold) {
        isTold = true;
        say('stopping the hub …');
        hub.stop().then(resolve, reject);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, stop);
    }
  });
  return { stopped, isTold: () => isTold };
}

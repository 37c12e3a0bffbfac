/**
 * `npm start -- --detach`: launches the same command in a session of its own, with
 * `logs/supervisor.log` for a console, shows its lines until it is ready, and leaves it running.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalConfig } from '../config.js';
import { requireNoneRunning } from '../hub.js';
import { openStateFolder } from '../state-folder.js';
import type { LauncherMessage } from './launcher-channel.js';

const mainFile = fileURLToPath(new URL('../main.js', import.meta.url));

/** `words` are those of `npm start`. @returns the exit code: 0 when the hub is ready */
export async function startDetached(
  config: LocalConfig,
  words: readonly string[],
): Promise<number> {
  const paths = openStateFolder(config.stateDir);
  requireNoneRunning(paths);
  const logFile = join(paths.logs, 'supervisor.log');
  const child = launch(words, logFile);
  const told = breakOffWhenTold(child);
  const outcome = await waitForOutcome(child);
  if (outcome.kind === 'ready') {
    child.disconnect();
    child.unref();
    return 0;
  }
  if (!told.isTold()) {
    process.stderr.write(
      outcome.kind === 'failed'
        ? `${outcome.text}\n`
        : `The hub ended before it was ready. See ${logFile}.\n`,
    );
  }
  return 1;
}

function launch(words: readonly string[], logFile: string): ChildProcess {
  if (existsSync(logFile)) {
    renameSync(logFile, `${logFile}.1`);
  }
  const log = openSync(logFile, 'a', 0o640);
  const rest = words.map((word) => (word === '--detach' ? '--background' : word));
  const child = spawn(process.execPath, ['--enable-source-maps', mainFile, 'start', ...rest], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return child;
}

type Outcome = Exclude<LauncherMessage, { kind: 'line' }> | { readonly kind: 'ended' };

async function waitForOutcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let failure: Outcome = { kind: 'ended' };
    child.on('message', (message: LauncherMessage) => {
      if (message.kind === 'line') {
        process.stdout.write(message.text);
      } else if (message.kind === 'failed') {
        failure = message;
      } else {
        resolve(message);
      }
    });
    // Only once it is gone, so that whoever sees the failure may start again at once.
    void once(child, 'exit').then(() => {
      resolve(failure);
    });
  });
}

function breakOffWhenTold(child: ChildProcess): { readonly isTold: () => boolean } {
  let isTold = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isTold = true;
      child.kill('SIGTERM');
    });
  }
  return { isTold: () => isTold };
}

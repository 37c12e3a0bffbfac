/**
 * Starts one child in a session of its own, so that Ctrl-C in the terminal reaches the supervisor
 * alone and it decides the order in which children end. A child gets its stop signal from the
 * kernel should the supervisor die without a word (PR_SET_PDEATHSIG by setpriv, part of Debian's
 * essential util-linux); without setpriv the run file alone tells the next start what is left.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Launch } from './plan.js';

export type Child = ChildProcessByStdio<null, Readable, Readable>;

export function spawnChild(launch: Launch, deathSignal: NodeJS.Signals): Child {
  const [program = '', ...args] = childCommand(launch, deathSignal);
  return spawn(program, args, {
    cwd: launch.cwd,
    env: launch.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const setpriv = '/usr/bin/setpriv';

/** The prefix comes first: the kernel forgets the death signal when a process changes its user. */
export function childCommand(
  launch: Launch,
  deathSignal: NodeJS.Signals,
  hasSetpriv = existsSync(setpriv),
): readonly string[] {
  const deathWatch = hasSetpriv ? [setpriv, `--pdeathsig=${deathSignal.slice(3)}`, '--'] : [];
  return [...(launch.prefix ?? []), ...deathWatch, ...launch.command];
}

/** Whether the disk has room: asked before a start, and watched while the hub runs. */
import { statfs } from 'node:fs/promises';
import type { Reporter } from '../console/reporter.js';
import { RunnerError } from '../runner-error.js';

/** Fresh data folders of the engines and their first log segments take about half of it. */
const startSpaceMb = 300;

/** Below this the engines are about to fail, and the console says so. */
export const lowSpaceMb = 100;

const watchIntervalMs = 10_000;

export async function freeSpaceMb(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / 1_048_576);
}

export async function requireDiskSpace(folder: string, neededMb = startSpaceMb): Promise<void> {
  const freeMb = await freeSpaceMb(folder);
  if (freeMb < neededMb) {
    throw new RunnerError(
      `The disk that holds ${folder} has ${freeMb} MB left, and a hub needs ${neededMb} MB to start.`,
      'Free some space, or set LINCHPIN_STATE_DIR to a folder on another disk.',
    );
  }
}

/** Says once that space runs out, and once that there is room again. @returns a way to stop it */
export function watchDiskSpace(folder: string, reporter: Reporter): () => void {
  let low = false;
  const look = async (): Promise<void> => {
    const freeMb = await freeSpaceMb(folder);
    if (freeMb < lowSpaceMb !== low) {
      low = !low;
      reporter.say(
        low
          ? `the disk that holds ${folder} has only ${freeMb} MB left: free some space, or the engines stop storing`
          : `the disk that holds ${folder} has room again (${freeMb} MB)`,
      );
    }
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      reporter.say(`cannot read the free space of ${folder}: ${String(error)}`);
    });
  }, watchIntervalMs);
  return () => {
    clearInterval(timer);
  };
}

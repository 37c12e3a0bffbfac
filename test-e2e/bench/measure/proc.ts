/** What Linux says of processes and of the machine: proc(5). */
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time for user space in hundredths of a second (USER_HZ). */
const tickUs = 10_000;

interface ProcessTimes {
  /** Of the process itself, all of its threads. */
  readonly ownUs: number;
  /** Of children that have ended and were waited for. */
  readonly reapedUs: number;
}

export interface MachineTimes {
  /** Of all cores together; waiting for a disk is no work. */
  readonly busyUs: number;
  readonly totalUs: number;
}

/** `/proc/<pid>/stat`. The name of the command, in brackets, may hold spaces and brackets. */
export function parseProcessStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (index: number): number => Number(fields[index]);
  // Fields 14 to 17 of the manual, which counts from 1 and the two before ours.
  const [user, system, reapedUser, reapedSystem] = [11, 12, 13, 14].map(ticks);
  return {
    ownUs: ((user ?? 0) + (system ?? 0)) * tickUs,
    reapedUs: ((reapedUser ?? 0) + (reapedSystem ?? 0)) * tickUs,
  };
}

/** The first line of `/proc/stat`: user nice system idle iowait irq softirq steal … */
export function parseMachineStat(text: string): MachineTimes {
  const [line = ''] = text.split('\n');
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { busyUs: (total - idle - waiting) * tickUs, totalUs: total * tickUs };
}

/** CPU time of a process, of what it has started and of what that has started. @throws when it is gone */
export function processTreeUs(pid: number): number {
  const { ownUs, reapedUs } = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return childrenOf(pid).reduce((sum, child) => sum + livingTreeUs(child), ownUs + reapedUs);
}

export function machineTimes(): MachineTimes {
  return parseMachineStat(readFileSync('/proc/stat', 'utf8'));
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

/** A child may end at any time: its parent tells of it from then on. */
function livingTreeUs(pid: number): number {
  try {
    return processTreeUs(pid);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return 0;
    }
    throw error;
  }
}

/** Which processes on this machine belong to a state folder, whoever their parent is. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/**
 * Every child of a hub inherits LINCHPIN_STATE_DIR. PostgreSQL's overwrite their environment with
 * their titles, but all work in its data folder.
 */
export function processesOf(stateDir: string): readonly number[] {
  const variable = `LINCHPIN_STATE_DIR=${stateDir}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(
      (pid) => environmentOf(pid).includes(variable) || folderOf(pid).startsWith(`${stateDir}/`),
    )
    .map(Number);
}

// What cannot be read has ended, or is another user's.
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

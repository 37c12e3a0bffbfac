/**
 * As whom PostgreSQL runs, for it refuses root. Not root: as oneself. Root: as the system account
 * `postgres` when that account can pass to the state folder; else in a user namespace, where root
 * appears under postgres' number, so that a folder only root can enter (a clone below /root) works.
 */
import { lstatSync, readdirSync, lchownSync } from 'node:fs';
import { join } from 'node:path';
import { RunnerError } from '../runner-error.js';
import { runCommand } from './run-command.js';

export interface PostgresAccount {
  /** What stands before a command so that it runs under this account. */
  readonly prefix: readonly string[];
  /** Who must own the data folder, as seen from outside of any namespace. */
  readonly uid: number;
  readonly gid: number;
}

/** `folder` must exist; whoever is chosen can reach it. */
export async function choosePostgresAccount(folder: string): Promise<PostgresAccount> {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) {
    return { prefix: [], uid, gid: process.getgid?.() ?? 0 };
  }
  const system = await findSystemAccount();
  const become = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--'];
  if (await succeeds([...become, 'test', '-x', folder])) {
    return { prefix: become, ...system };
  }
  const namespace = ['unshare', `--map-user=${system.uid}`, `--map-group=${system.gid}`, '--'];
  if (await succeeds([...namespace, 'test', '-x', folder])) {
    return { prefix: namespace, uid: 0, gid: 0 };
  }
  throw new RunnerError(
    `PostgreSQL does not run as root, the account "postgres" cannot pass to ${folder}, and this system allows no user namespaces.`,
    'Move the repository to a folder that everyone may pass through (chmod o+x on those above it), set LINCHPIN_STATE_DIR to such a folder, or do not run as root.',
  );
}

/** Gives a folder with all that is in it to the account, when another one made it. */
export function giveFolder(folder: string, account: PostgresAccount): void {
  const { uid, gid } = lstatSync(folder);
  if (uid === account.uid && gid === account.gid) {
    return;
  }
  for (const entry of readdirSync(folder, { recursive: true })) {
    lchownSync(join(folder, entry.toString()), account.uid, account.gid);
  }
  lchownSync(folder, account.uid, account.gid);
}

async function findSystemAccount(): Promise<{ readonly uid: number; readonly gid: number }> {
  const { code, output } = await runCommand(['getent', 'passwd', 'postgres']);
  const [, , uid, gid] = output.split(':').map(Number);
  if (code !== 0 || uid === undefined || gid === undefined) {
    throw new RunnerError(
      'PostgreSQL does not run as root, and this system has no account "postgres".',
      'Make it with: adduser --system --group postgres. Or do not run as root.',
    );
  }
  return { uid, gid };
}

async function succeeds(command: readonly string[]): Promise<boolean> {
  return (await runCommand(command)).code === 0;
}

/**
 * `run.json`: what runs, written by the supervisor at every change. It is the lock against a second
 * supervisor, what `status` prints, and what tells the next start which processes a supervisor that
 * was killed may have left behind.
 */
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, type ProcessIdentity } from '../machine/process-identity.js';
import { replaceFile } from '../replace-file.js';
import { RunnerError } from '../runner-error.js';

export interface RunRecord {
  readonly state: 'starting' | 'running' | 'stopping';
  readonly supervisor: ProcessIdentity;
  readonly since: string;
  /** In the order in which they were started; ended in the opposite one. */
  readonly processes: readonly ProcessRecord[];
}

export interface ProcessRecord {
  readonly name: string;
  readonly kind: 'engine' | 'service';
  /** Nothing while it waits to be started again. */
  readonly identity: ProcessIdentity | undefined;
  readonly port: number;
  readonly probePort: number | undefined;
  readonly healthy: boolean;
  /** When the running process was started, in ISO 8601. */
  readonly since: string;
  readonly restarts: number;
  readonly stopSignal: NodeJS.Signals;
}

/** What the file says, whoever wrote it; nothing when there is no file. */
export function readRunFile(path: string): RunRecord | undefined {
  if (!existsSync(path)) {
    return undefined;
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    throw new RunnerError(
      `${path} is damaged, so that nobody knows what runs.`,
      'Delete it, after ending the processes of a hub that still run, if any.',
    );
  }
}

/** The record of a supervisor that lives. */
export function findRunning(path: string): RunRecord | undefined {
  const record = readRunFile(path);
  return record !== undefined && isAlive(record.supervisor) ? record : undefined;
}

/** Takes the file for a new supervisor. @returns false when another one was faster */
export function claimRunFile(path: string, record: RunRecord): boolean {
  const draft = `${path}.${process.pid}.claim`;
  writeFileSync(draft, formatRecord(record), { mode: 0o644 });
  try {
    // Unlike a rename, a link never replaces what is there.
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    rmSync(draft);
  }
}

export function writeRunFile(path: string, record: RunRecord): void {
  replaceFile(path, formatRecord(record), 0o644);
}

export function removeRunFile(path: string): void {
  rmSync(path, { force: true });
}

function formatRecord(record: RunRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

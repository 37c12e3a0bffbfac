/** What the person reads when a command fails: a sentence, or the stack of a fault in the runner. */
import { RunnerError } from './runner-error.js';

export function explainError(error: unknown): string {
  if (error instanceof RunnerError) {
    return error.advice;
  }
  const { code, message, stack } = error as NodeJS.ErrnoException;
  const remedy = code === undefined ? undefined : systemRemedies[code];
  return remedy === undefined ? String(stack ?? error) : `${message}. ${remedy}`;
}

/** Refusals of the operating system that the person can end, by their code. */
const systemRemedies: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space, or set LINCHPIN_STATE_DIR to a folder elsewhere.',
  EDQUOT: 'Your share of the disk is used up: free some space, or set LINCHPIN_STATE_DIR.',
  ENOTDIR: 'A folder must lie where a file is: set LINCHPIN_STATE_DIR to another one.',
  EROFS: 'That file system is read-only: set LINCHPIN_STATE_DIR to a folder elsewhere.',
  EACCES: 'Give the command as the user who started the hub, or set LINCHPIN_STATE_DIR.',
  EPERM: 'Give the command as the user who started the hub, or as root.',
  EMFILE: 'Raise the number of files that a process may open: ulimit -n 10000.',
};

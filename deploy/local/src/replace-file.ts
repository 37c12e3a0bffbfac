/** Writes files in one step, so that nobody ever reads half of one. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Replaces `path`; by default nobody but its owner may read it, from the first byte on. */
export function replaceFile(path: string, content: string, mode = 0o600): void {
  const draft = `${path}.${process.pid}.new`;
  // Never through a link or into a file that somebody else put there.
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', mode);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Who listens on a TCP port, as far as /proc tells: /proc/net/tcp and tcp6 name the socket's
 * inode, /proc/<pid>/fd the process that has it open (only our own processes, unless root).
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

export function findPortHolder(port: number): PortHolder | undefined {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
      parseListeners(readOrEmpty(table), port),
    ),
  );
  if (inodes.size === 0) {
    return undefined;
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pid = pids.find((candidate) => holdsSocket(candidate, inodes));
  return pid === undefined
    ? undefined
    : { pid: Number(pid), name: readOrEmpty(`/proc/${pid}/comm`).trim() };
}

/** Inodes of the sockets in state LISTEN (0A) on `port`, from a table in the form of proc(5). */
export function parseListeners(table: string, port: number): readonly string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) === true && fields[3] === '0A')
    .flatMap((fields) => (fields[9] === undefined ? [] : [fields[9]]));
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return listOrEmpty(folder).some((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOrEmpty(`${folder}/${descriptor}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

// Processes come and go, and those of other users do not open to us: what cannot be read holds
// nothing that we could name.
function readOrEmpty(path: string): string {
  return attempt(() => readFileSync(path, 'utf8')) ?? '';
}

function listOrEmpty(folder: string): readonly string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

function linkOrEmpty(path: string): string {
  return attempt(() => readlinkSync(path)) ?? '';
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * Who keeps an address and port from us, as far as /proc tells: /proc/net/tcp and tcp6 name the
 * socket's inode, /proc/<pid>/fd the process that has it open (only our own processes, unless root).
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { isWildcard } from '../config.js';

interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** What is asked about: another address with the same port may be anybody's. */
interface WantedPort {
  readonly address: string;
  readonly port: number;
}

export function findPortHolder(wanted: WantedPort): PortHolder | undefined {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
      parseListeners(readOrEmpty(table), wanted),
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

/**
 * Inodes of the sockets in state LISTEN (0A) that have the address, or every address, at the port;
 * from a table in the form of proc(5).
 */
export function parseListeners(table: string, wanted: WantedPort): readonly string[] {
  const hexPort = wanted.port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => {
      const [hexAddress = '', port] = local.split(':');
      return (
        state === '0A' && port === hexPort && collide(parseAddress(hexAddress), wanted.address)
      );
    })
    .flatMap((fields) => (fields[9] === undefined ? [] : [fields[9]]));
}

/** Words of four bytes, each printed as a number of this (little-endian) machine. */
function parseAddress(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => Buffer.from(word, 'hex').reverse());
  const bytes = Buffer.concat(words);
  return bytes.length === 4
    ? bytes.join('.')
    : (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
}

/** Mapped addresses (`::ffff:127.0.0.1`) count as the IPv4 ones that they are. */
function collide(held: string, wanted: string): boolean {
  const everything = /^[0.:]+$/;
  const list = new BlockList();
  list.addAddress(wanted, isIP(wanted) === 6 ? 'ipv6' : 'ipv4');
  return (
    everything.test(held) ||
    isWildcard(wanted) ||
    list.check(held, isIP(held) === 6 ? 'ipv6' : 'ipv4')
  );
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

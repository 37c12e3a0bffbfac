/** What a person should know of ports that are free, and still lead to trouble. */
import { readFileSync } from 'node:fs';
import { portTable, type PortName } from '../ports.js';
import type { PortClaim } from './free-ports.js';

/** Where the kernel takes the local port of an outgoing connection from; both included. */
interface PortRange {
  readonly first: number;
  readonly last: number;
}

export function portNotes(
  claims: readonly PortClaim[],
  ephemeral: PortRange | undefined,
): readonly string[] {
  return [...unknownToSdks(claims), ...(ephemeral ? takenAtTimes(claims, ephemeral) : [])];
}

function unknownToSdks(claims: readonly PortClaim[]): readonly string[] {
  const moved = claims.filter(
    ({ name, port }) => !portTable[name].moves && port !== portTable[name].standard,
  );
  return moved.length === 0
    ? []
    : [
        `Azure's SDKs know the ports 8883, 5671 and 443 alone, and ${listPorts(moved)} is another: they do ` +
          'not reach this hub. An address of its own, LINCHPIN_LISTEN_ADDRESSES=127.0.0.2, needs no ' +
          'other port',
      ];
}

function takenAtTimes(claims: readonly PortClaim[], { first, last }: PortRange): readonly string[] {
  const within = claims.filter(({ port }) => port >= first && port <= last);
  const highest = Math.max(...Object.values(portTable).map(({ standard }) => standard));
  return within.length === 0
    ? []
    : [
        `any program's outgoing connection may hold one of ${listPorts(within)} when a process of ` +
          `the hub starts: this machine takes such from ${first} to ${last}. A LINCHPIN_PORT_OFFSET ` +
          `up to ${Math.max(0, first - highest - 1)} stays below`,
      ];
}

function listPorts(claims: readonly PortClaim[]): string {
  const byName = new Map<PortName, number>();
  for (const { name, port } of claims) {
    byName.set(name, byName.get(name) ?? port);
  }
  return [...byName].map(([name, port]) => `${port} (${portTable[name].variable})`).join(', ');
}

/** Undefined where the system does not say, as outside of Linux. */
export function ephemeralPorts(
  file = '/proc/sys/net/ipv4/ip_local_port_range',
): PortRange | undefined {
  try {
    const [first, last] = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);
    return first === undefined || last === undefined ? undefined : { first, last };
  } catch {
    return undefined;
  }
}

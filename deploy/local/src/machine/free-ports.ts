/**
 * Tries every port before anything is started, so that a taken one is a sentence at the beginning
 * and not a crash in the middle.
 */
import { createServer } from 'node:net';
import { formatEndpoint } from '../config.js';
import { portTable, type PortName } from '../ports.js';
import { RunnerError } from '../runner-error.js';
import { findPortHolder } from './port-holder.js';

export interface PortClaim {
  readonly name: PortName;
  readonly address: string;
  readonly port: number;
}

export interface PortFault {
  readonly message: string;
  readonly remedy: string;
}

/** Throws one error that names every port that cannot be had, and how to go around each. */
export async function requireFreePorts(claims: readonly PortClaim[]): Promise<void> {
  const faults = await Promise.all(
    claims.map(async (claim) => describePortFault(claim, await bind(claim))),
  );
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) {
    const unique = (texts: readonly string[]): string => [...new Set(texts)].join(' ');
    throw new RunnerError(
      unique(found.map((fault) => fault.message)),
      unique(found.map((fault) => fault.remedy)),
    );
  }
}

/** What a failed bind means for the person, by its system error code. */
export function describePortFault(
  claim: PortClaim,
  code: string | undefined,
): PortFault | undefined {
  const { variable } = portTable[claim.name];
  const endpoint = formatEndpoint(claim.address, claim.port);
  switch (code) {
    case undefined:
      return undefined;
    case 'EADDRINUSE':
      return {
        message: `${endpoint} is in use${heldBy(claim.port)}.`,
        remedy: `Stop that process, or set ${variable} to another port.`,
      };
    case 'EACCES':
      return {
        message: `${endpoint} needs root, because ports below ${unprivilegedPortStart} are privileged here.`,
        remedy: `Set ${variable} to a port from ${unprivilegedPortStart} on, or allow it for everyone: sudo sysctl net.ipv4.ip_unprivileged_port_start=${claim.port}.`,
      };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return {
        message: `${claim.address} is no address of this machine.`,
        remedy: 'Set LINCHPIN_LISTEN_ADDRESSES to addresses that it has.',
      };
    default:
      return {
        message: `${endpoint} cannot be listened on (${code}).`,
        remedy: `Set ${variable} to another port.`,
      };
  }
}

async function bind(claim: PortClaim): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ host: claim.address, port: claim.port, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

/** The kernel's standard; a machine may have lowered it, and then binding simply succeeds. */
const unprivilegedPortStart = 1024;

function heldBy(port: number): string {
  const holder = findPortHolder(port);
  return holder === undefined ? ' by another process' : ` by ${holder.name} (pid ${holder.pid})`;
}

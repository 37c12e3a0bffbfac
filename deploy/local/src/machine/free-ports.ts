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

/** Throws one error that names every port that cannot be had, and how to go around it. */
export async function requireFreePorts(claims: readonly PortClaim[]): Promise<void> {
  const failedByCode = new Map<string, PortClaim[]>();
  for (const claim of claims) {
    const code = await bind(claim);
    if (code !== undefined) {
      failedByCode.set(code, [...(failedByCode.get(code) ?? []), claim]);
    }
  }
  if (failedByCode.size > 0) {
    const faults = [...failedByCode].map(([code, failed]) => describePortFaults(code, failed));
    throw new RunnerError(
      faults.map(({ message }) => message).join(' '),
      faults.map(({ remedy }) => remedy).join(' '),
    );
  }
}

/** What binds that failed with one system error code mean for the person. */
export function describePortFaults(code: string, claims: readonly PortClaim[]): PortFault {
  const endpoints = claims.map(({ address, port }) => formatEndpoint(address, port));
  const variables = [...new Set(claims.map(({ name }) => portTable[name].variable))];
  const set = `set ${variables.join(', ')} to`;
  const other = variables.length === 1 ? 'another port' : 'other ports';
  switch (code) {
    case 'EADDRINUSE':
      return {
        message: claims
          .map((claim, i) => `${String(endpoints[i])} is in use${heldBy(claim)}.`)
          .join(' '),
        remedy: `Stop ${claims.length === 1 ? 'that process' : 'what holds them'}, or ${set} ${other}.`,
      };
    case 'EACCES':
      return {
        message: `${endpoints.join(', ')}: ports below ${unprivilegedPortStart} need root here.`,
        remedy:
          `Either ${set} ${other} from ${unprivilegedPortStart} on, or allow low ports to everyone: ` +
          `sudo sysctl net.ipv4.ip_unprivileged_port_start=${Math.min(...claims.map(({ port }) => port))}.`,
      };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return {
        message: `${endpoints.join(', ')}: this machine has no such address.`,
        remedy: 'Set LINCHPIN_LISTEN_ADDRESSES to addresses that it has.',
      };
    default:
      return {
        message: `${endpoints.join(', ')} cannot be listened on (${code}).`,
        remedy: `Perhaps ${set} ${other} helps.`,
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

function heldBy(claim: PortClaim): string {
  const holder = findPortHolder(claim);
  return holder === undefined ? ' by another process' : ` by ${holder.name} (pid ${holder.pid})`;
}

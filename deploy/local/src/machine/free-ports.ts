/**
 * Tries every port before anything is started, so that a taken one is a sentence at the beginning
 * and not a crash in the middle.
 */
import { createServer } from 'node:net';
import { formatHostPort } from '@linchpin/platform/config';
import { portTable, type PortName } from '../ports.js';
import { RunnerError } from '../runner-error.js';
import { findPortHolder } from './port-holder.js';

export interface PortClaim {
  readonly name: PortName;
  readonly address: string;
  readonly port: number;
}

interface PortFault {
  readonly message: string;
  readonly remedy: string;
}

/** @throws RunnerError that names every port that cannot be had, and how to go around it */
export async function requireFreePorts(claims: readonly PortClaim[]): Promise<void> {
  refuseImpossible(claims);
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
  const endpoints = claims.map(({ address: host, port }) => formatHostPort({ host, port }));
  switch (code) {
    case 'EADDRINUSE':
      return {
        message: claims
          .map((claim, i) => `${String(endpoints[i])} is in use${heldBy(claim)}.`)
          .join(' '),
        remedy: `Stop ${claims.length === 1 ? 'that process' : 'what holds them'}, or ${elsewhere(claims)}`,
      };
    case 'EACCES':
      return {
        message: `${endpoints.join(', ')}: ports below ${unprivilegedPortStart} need root here.`,
        remedy:
          'Allow low ports to everyone: sudo sysctl net.ipv4.ip_unprivileged_port_start=' +
          `${Math.min(...claims.map(({ port }) => port))}. Or set ${variablesOf(claims)} to a port from ` +
          `${unprivilegedPortStart} on, where curl reaches it but Azure's SDKs do not.`,
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
        remedy: `Perhaps it helps to ${elsewhere(claims)}`,
      };
  }
}

/** SDKs find a hub at 8883 and 443 alone, so that those move by their address; all others by an offset. */
function elsewhere(claims: readonly PortClaim[]): string {
  const movable = claims.filter(({ name }) => portTable[name].moves);
  const ways = [
    ...(movable.length < claims.length
      ? [
          `set LINCHPIN_LISTEN_ADDRESSES=${otherAddress(claims)} (Azure's SDKs know no other ports; a ` +
            'hub that is there already keeps its names, so give a new one a LINCHPIN_STATE_DIR of its own)',
        ]
      : []),
    ...(movable.length > 0
      ? [
          `set ${variablesOf(movable)} to ${movable.length === 1 ? 'another port' : 'other ports'} ` +
            '(LINCHPIN_PORT_OFFSET=1000 moves all such ports)',
        ]
      : []),
  ];
  return `${ways.join('; ')}.`;
}

/** All of 127.0.0.0/8 is this machine's own. */
function otherAddress(claims: readonly PortClaim[]): string {
  return claims.some(({ address }) => address === '127.0.0.2') ? '127.0.0.3' : '127.0.0.2';
}

function variablesOf(claims: readonly PortClaim[]): string {
  return [...new Set(claims.map(({ name }) => portTable[name].variable))].join(', ');
}

/** The last gateway's port may be one, when the first gateway's is none. */
function refuseImpossible(claims: readonly PortClaim[]): void {
  const beyond = claims.find(({ port }) => port > 65_535);
  if (beyond !== undefined) {
    throw new RunnerError(
      `There is no port ${beyond.port}.`,
      `Set ${portTable[beyond.name].variable} lower, or start fewer gateways.`,
    );
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

/** Every address and port that a start is about to use, so that all can be tried beforehand. */
import { isIP } from 'node:net';
import type { HubOptions } from './arguments.js';
import type { LocalConfig } from './config.js';
import type { PortClaim } from './machine/free-ports.js';
import { gatewayPort, portTable, type PortName } from './ports.js';
import { RunnerError } from './runner-error.js';

const loopback = '127.0.0.1';

export function claimedPorts(config: LocalConfig, options: HubOptions): readonly PortClaim[] {
  const engines = engineClaims(config);
  return options.enginesOnly ? engines : [...engines, ...serviceClaims(config, options.gateways)];
}

/** @throws RunnerError when two variables mean the same port of an address, naming both */
export function refuseEqualPorts(claims: readonly PortClaim[]): void {
  const faults = claims.flatMap((one, index) =>
    claims
      .slice(index + 1)
      .filter((other) => other.name !== one.name && other.port === one.port && overlap(one, other))
      .map((other) => {
        const variables = [one, other].map(({ name }) => portTable[name].variable).join(' and ');
        return `${variables} lead to the same port, ${one.port}.`;
      }),
  );
  if (faults.length > 0) {
    throw new RunnerError(
      [...new Set(faults)].join(' '),
      'Give each a port of its own; every further gateway takes ports 10 higher.',
    );
  }
}

/** Whoever listens on all addresses listens on each; `::` takes IPv4 as well. */
function overlap({ address: one }: PortClaim, { address: other }: PortClaim): boolean {
  const addresses = [one, other];
  return (
    one === other ||
    addresses.includes('::') ||
    (addresses.includes('0.0.0.0') && addresses.every((address) => isIP(address) === 4))
  );
}

function engineClaims({ given, ports }: LocalConfig): readonly PortClaim[] {
  const names: readonly PortName[] = [
    ...(given.postgresUrl === undefined ? (['postgres'] as const) : []),
    ...(given.redisUrl === undefined ? (['redis'] as const) : []),
    ...(given.kafkaBrokers === undefined ? (['kafka', 'kafkaController'] as const) : []),
    'blob',
  ];
  return names.map((name) => ({ name, address: loopback, port: ports[name] }));
}

const insideNames = [
  'registryGrpc',
  'registryProbe',
  'fileUploadGrpc',
  'fileUploadProbe',
  'twinGrpc',
  'twinProbe',
  'cloudToDeviceGrpc',
  'cloudToDeviceProbe',
  'apiHttps',
  'apiProbe',
] as const;

function serviceClaims(config: LocalConfig, gateways: number): readonly PortClaim[] {
  const { ports, given, listenAddresses } = config;
  const outside = (['mqtt', 'amqp', 'https'] as const).flatMap((name) =>
    listenAddresses.map((address) => ({ name, address, port: ports[name] })),
  );
  const name = 'kafkaReaders';
  const readers =
    given.kafkaBrokers === undefined
      ? listenAddresses
          .slice(0, 1)
          .map((address) => ({ name, address, port: ports[name] }) as const)
      : [];
  const inside = insideNames.map((name) => ({ name, address: loopback, port: ports[name] }));
  const balanced = gateways > 1 ? (['gatewayMqtt', 'gatewayAmqp', 'gatewayHttps'] as const) : [];
  const perGateway = ['gatewayGrpc', 'gatewayProbe', ...balanced] as const;
  const each = Array.from({ length: gateways }, (_, i) =>
    perGateway.map((name) => ({ name, address: loopback, port: gatewayPort(ports, name, i + 1) })),
  );
  return [...outside, ...readers, ...inside, ...each.flat()];
}

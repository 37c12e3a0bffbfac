/** Every address and port that a start is about to use, so that all can be tried beforehand. */
import type { HubOptions } from './arguments.js';
import type { LocalConfig } from './config.js';
import type { PortClaim } from './machine/free-ports.js';
import { gatewayPort, type PortName } from './ports.js';

const loopback = '127.0.0.1';

export function claimedPorts(config: LocalConfig, options: HubOptions): readonly PortClaim[] {
  const engines = engineClaims(config);
  return options.enginesOnly ? engines : [...engines, ...serviceClaims(config, options.gateways)];
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
  'apiProbe',
] as const;

function serviceClaims(config: LocalConfig, gateways: number): readonly PortClaim[] {
  const { ports, listenAddresses } = config;
  const outside = (['mqtt', 'https'] as const).flatMap((name) =>
    listenAddresses.map((address) => ({ name, address, port: ports[name] })),
  );
  const inside = insideNames.map((name) => ({ name, address: loopback, port: ports[name] }));
  const perGateway = (['gatewayGrpc', 'gatewayProbe', 'gatewayMqtt'] as const).filter(
    (name) => name !== 'gatewayMqtt' || gateways > 1,
  );
  const each = Array.from({ length: gateways }, (_, i) =>
    perGateway.map((name) => ({ name, address: loopback, port: gatewayPort(ports, name, i + 1) })),
  );
  return [...outside, ...inside, ...each.flat()];
}

/** The variables of the api (README.md) and what they mean. */
import {
  formatHostPort,
  hostPort,
  hostPorts,
  integer,
  orDefault,
  processFields,
  readEnvironment,
  tlsFields,
  toGrpcTls,
  toServerTls,
  type Environment,
  type HostPort,
  type ServerTls,
} from '@linchpin/platform/config';
import { z } from 'zod';
import type { RegistryConnectionSettings } from './clients/registry-connection.js';
import type { HttpLimits } from './http/https-server.js';

export interface ApiConfig {
  readonly logLevel: string;
  readonly probeListen: HostPort;
  readonly shutdownTimeoutMs: number;
  readonly tracingEndpoint: string | undefined;
  /** Of HTTPS. */
  readonly listen: readonly HostPort[];
  readonly tls: ServerTls;
  readonly limits: HttpLimits;
  readonly registry: RegistryConnectionSettings;
  readonly adminToken: string;
  readonly eventsEndpoint: string | undefined;
}

const fields = z.object({
  ...processFields,
  LINCHPIN_HTTPS_LISTEN: hostPorts,
  ...tlsFields,
  LINCHPIN_REGISTRY_ADDRESS: hostPort,
  LINCHPIN_ADMIN_TOKEN: z
    .string('is required')
    .regex(/^[\x21-\x7e]{16,1024}$/, 'must have at least 16 ASCII characters and no space'),
  LINCHPIN_EVENTS_ENDPOINT: z.string().optional(),
  LINCHPIN_CONNECTIONS_MAX: orDefault(integer(1, 1_000_000), 10_000),
  LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX: orDefault(integer(1, 1_000_000), 1_000),
  LINCHPIN_HANDSHAKE_TIMEOUT_MS: orDefault(integer(100, 120_000), 10_000),
  LINCHPIN_HEADERS_TIMEOUT_MS: orDefault(integer(100, 300_000), 15_000),
  LINCHPIN_REQUEST_TIMEOUT_MS: orDefault(integer(100, 600_000), 60_000),
  LINCHPIN_KEEP_ALIVE_TIMEOUT_MS: orDefault(integer(100, 3_600_000), 120_000),
});

/** @throws ConfigError naming every variable at fault */
export function loadConfig(environment: Environment = process.env): ApiConfig {
  const variables = readEnvironment(fields, environment);
  return {
    logLevel: variables.LINCHPIN_LOG_LEVEL,
    probeListen: variables.LINCHPIN_PROBE_LISTEN,
    shutdownTimeoutMs: variables.LINCHPIN_SHUTDOWN_TIMEOUT_MS,
    tracingEndpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT,
    listen: variables.LINCHPIN_HTTPS_LISTEN,
    tls: toServerTls(variables),
    limits: {
      connectionsMax: variables.LINCHPIN_CONNECTIONS_MAX,
      connectionsPerAddressMax: variables.LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX,
      handshakeTimeoutMs: variables.LINCHPIN_HANDSHAKE_TIMEOUT_MS,
      headersTimeoutMs: variables.LINCHPIN_HEADERS_TIMEOUT_MS,
      requestTimeoutMs: variables.LINCHPIN_REQUEST_TIMEOUT_MS,
      keepAliveTimeoutMs: variables.LINCHPIN_KEEP_ALIVE_TIMEOUT_MS,
    },
    registry: {
      address: formatHostPort(variables.LINCHPIN_REGISTRY_ADDRESS),
      tls: toGrpcTls(variables),
    },
    adminToken: variables.LINCHPIN_ADMIN_TOKEN,
    eventsEndpoint: variables.LINCHPIN_EVENTS_ENDPOINT,
  };
}

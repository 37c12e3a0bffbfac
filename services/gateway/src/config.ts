import { randomBytes } from 'node:crypto';
import type { BlockList } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import {
  flag,
  formatHostPort,
  hostPort,
  hostPorts,
  integer,
  kafkaFields,
  networks,
  orDefault,
  pemFiles,
  processFields,
  readEnvironment,
  redisUrl,
  replicationFields,
  tlsFields,
  toGrpcTls,
  toKafkaConnection,
  toProcessConfig,
  toReplication,
  toServerTls,
  type Environment,
  type GrpcTls,
  type HostPort,
  type ProcessConfig,
  type ServerTls,
} from '@linchpin/platform/config';
import type { HttpLimits } from '@linchpin/platform/http-server';
import type { KafkaConnection, ReplicationSpec } from '@linchpin/platform/kafka';
import { azureLimits } from '@linchpin/wire';
import type { ApiPlace } from './clients/api-connections.js';
import type { AdmissionLimits } from './sockets/admission.js';
import type { MqttLimits } from './mqtt/mqtt-services.js';

export interface GatewayConfig extends ProcessConfig {
  readonly gatewayId: string;
  readonly mqtt: {
    readonly listen: readonly HostPort[];
    readonly tls: ServerTls;
    readonly proxies: BlockList;
    readonly handshakeTimeoutMs: number;
    readonly drainMs: number;
    readonly partialPacketBytesMax: number;
    readonly willBytesMax: number;
    readonly exchangeBytesMax: number;
    readonly admission: AdmissionLimits;
    readonly limits: MqttLimits;
  };
  /** Where AMQP is spoken; nowhere when it is empty. All else is as of MQTT. */
  readonly amqpListen: readonly HostPort[];
  /** At which clients reach it, as they are told. */
  readonly amqpPublicPort: number;
  /** Undefined when it is served nowhere. All else is as of MQTT. */
  readonly https: HttpsConfig | undefined;
  readonly grpc: {
    readonly listen: HostPort;
    /** `host:port` at which other gateways and services reach this one. */
    readonly advertise: string;
    readonly tls: GrpcTls | undefined;
  };
  readonly registryAddress: string;
  readonly twinAddress: string;
  readonly cloudToDeviceAddress: string;
  readonly fileUploadAddress: string;
  readonly redisUrl: string;
  readonly kafka: KafkaConnection;
  readonly topicPrefix: string;
  readonly replication: ReplicationSpec;
  readonly pendingTelemetryBytesMax: number;
  readonly readAheadBytesMax: number;
  readonly faultInjection: boolean;
}

export interface HttpsConfig {
  readonly listen: readonly HostPort[];
  readonly limits: HttpLimits;
  readonly api: ApiPlace;
}

const topicVariables = {
  ...kafkaFields,
  ...replicationFields,
  LINCHPIN_LOG_LEVEL: processFields.LINCHPIN_LOG_LEVEL,
  LINCHPIN_PROFILE: processFields.LINCHPIN_PROFILE,
};

const variables = z.object({
  ...processFields,
  ...topicVariables,
  LINCHPIN_GATEWAY_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits and - . _')
    .optional(),
  LINCHPIN_MQTT_LISTEN: hostPorts,
  LINCHPIN_AMQP_LISTEN: hostPorts.optional(),
  LINCHPIN_AMQP_PUBLIC_PORT: orDefault(integer(1, 65_535), 5_671),
  LINCHPIN_HTTPS_LISTEN: hostPorts.optional(),
  LINCHPIN_HTTPS_CONNECTIONS_MAX: orDefault(integer(1, 1_000_000), 10_000),
  LINCHPIN_HTTPS_CONNECTIONS_PER_ADDRESS_MAX: orDefault(integer(1, 1_000_000), 1_000),
  LINCHPIN_HEADERS_TIMEOUT_MS: orDefault(integer(100, 300_000), 15_000),
  LINCHPIN_REQUEST_TIMEOUT_MS: orDefault(integer(100, 600_000), 60_000),
  LINCHPIN_KEEP_ALIVE_TIMEOUT_MS: orDefault(integer(100, 3_600_000), 120_000),
  LINCHPIN_API_ADDRESS: hostPort.optional(),
  LINCHPIN_API_SERVER_NAME: z.string().optional(),
  LINCHPIN_API_CA_FILE: orDefault(pemFiles, []),
  ...tlsFields,
  LINCHPIN_PROXY_PROTOCOL_FROM: networks,
  LINCHPIN_TLS_HANDSHAKE_TIMEOUT_MS: orDefault(integer(100, 120_000), 15_000),
  LINCHPIN_MQTT_CONNECT_TIMEOUT_MS: orDefault(integer(100, 600_000), azureLimits.connectArrivalMs),
  LINCHPIN_CONNECTIONS_MAX: orDefault(integer(1), 100_000),
  LINCHPIN_UNAUTHENTICATED_MAX: orDefault(integer(1), 5_000),
  LINCHPIN_UNAUTHENTICATED_PER_ADDRESS_MAX: orDefault(integer(1), 1_000),
  LINCHPIN_PENDING_PUBLISHES_PER_CONNECTION_MAX: orDefault(integer(1), 1_000),
  LINCHPIN_PENDING_TELEMETRY_BYTES_MAX: orDefault(integer(1_048_576), 64 * 1024 * 1024),
  LINCHPIN_PARTIAL_PACKET_BYTES_MAX: orDefault(integer(1_048_576), 64 * 1024 * 1024),
  LINCHPIN_WILL_BYTES_MAX: orDefault(integer(1_048_576), 64 * 1024 * 1024),
  LINCHPIN_EXCHANGE_BYTES_MAX: orDefault(integer(1_048_576), 64 * 1024 * 1024),
  LINCHPIN_READ_AHEAD_BYTES_MAX: orDefault(integer(1_048_576), 64 * 1024 * 1024),
  LINCHPIN_GRPC_LISTEN: hostPort,
  LINCHPIN_GRPC_ADVERTISE: hostPort.optional(),
  LINCHPIN_REGISTRY_ADDRESS: hostPort,
  LINCHPIN_TWIN_ADDRESS: hostPort,
  LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: hostPort,
  LINCHPIN_FILE_UPLOAD_ADDRESS: hostPort,
  LINCHPIN_REDIS_URL: redisUrl,
  LINCHPIN_FAULT_INJECTION: orDefault(flag, false),
});

type Variables = z.output<typeof variables>;

/** @throws ConfigError, or Error for variables that contradict each other */
export function loadConfig(environment: Environment = process.env): GatewayConfig {
  const env = readEnvironment(variables, environment);
  const gatewayId =
    env.LINCHPIN_GATEWAY_ID ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  return {
    gatewayId,
    ...toProcessConfig(env),
    mqtt: toMqttConfig(env),
    amqpListen: env.LINCHPIN_AMQP_LISTEN ?? [],
    amqpPublicPort: env.LINCHPIN_AMQP_PUBLIC_PORT,
    https: toHttpsConfig(env),
    grpc: {
      listen: env.LINCHPIN_GRPC_LISTEN,
      advertise: formatHostPort(env.LINCHPIN_GRPC_ADVERTISE ?? env.LINCHPIN_GRPC_LISTEN),
      tls: toGrpcTls(env),
    },
    registryAddress: formatHostPort(env.LINCHPIN_REGISTRY_ADDRESS),
    twinAddress: formatHostPort(env.LINCHPIN_TWIN_ADDRESS),
    cloudToDeviceAddress: formatHostPort(env.LINCHPIN_CLOUD_TO_DEVICE_ADDRESS),
    fileUploadAddress: formatHostPort(env.LINCHPIN_FILE_UPLOAD_ADDRESS),
    redisUrl: env.LINCHPIN_REDIS_URL,
    kafka: toKafkaConnection(env, `gateway-${gatewayId}`),
    topicPrefix: env.LINCHPIN_TOPIC_PREFIX,
    replication: toReplication(env),
    pendingTelemetryBytesMax: env.LINCHPIN_PENDING_TELEMETRY_BYTES_MAX,
    readAheadBytesMax: env.LINCHPIN_READ_AHEAD_BYTES_MAX,
    faultInjection: env.LINCHPIN_FAULT_INJECTION,
  };
}

/** @throws Error when requests could not be passed on */
function toHttpsConfig(env: Variables): HttpsConfig | undefined {
  const { LINCHPIN_HTTPS_LISTEN: listen, LINCHPIN_API_ADDRESS: address } = env;
  if (listen === undefined) {
    return undefined;
  }
  if (address === undefined) {
    throw new Error(
      "LINCHPIN_HTTPS_LISTEN needs LINCHPIN_API_ADDRESS: what devices do not call is the api's to answer",
    );
  }
  return {
    listen,
    limits: {
      connectionsMax: env.LINCHPIN_HTTPS_CONNECTIONS_MAX,
      connectionsPerAddressMax: env.LINCHPIN_HTTPS_CONNECTIONS_PER_ADDRESS_MAX,
      headersTimeoutMs: env.LINCHPIN_HEADERS_TIMEOUT_MS,
      requestTimeoutMs: env.LINCHPIN_REQUEST_TIMEOUT_MS,
      keepAliveTimeoutMs: env.LINCHPIN_KEEP_ALIVE_TIMEOUT_MS,
    },
    api: {
      address,
      serverName: env.LINCHPIN_API_SERVER_NAME ?? address.host,
      authorities: env.LINCHPIN_API_CA_FILE,
    },
  };
}

type PrepareConfig = Pick<GatewayConfig, 'logLevel' | 'kafka' | 'topicPrefix' | 'replication'>;

/** @throws ConfigError */
export function loadPrepareConfig(environment: Environment = process.env): PrepareConfig {
  const env = readEnvironment(z.object(topicVariables), environment);
  return {
    logLevel: env.LINCHPIN_LOG_LEVEL,
    kafka: toKafkaConnection(env, 'gateway-prepare'),
    topicPrefix: env.LINCHPIN_TOPIC_PREFIX,
    replication: toReplication(env),
  };
}

function toMqttConfig(env: Variables): GatewayConfig['mqtt'] {
  return {
    listen: env.LINCHPIN_MQTT_LISTEN,
    tls: toServerTls(env),
    proxies: env.LINCHPIN_PROXY_PROTOCOL_FROM,
    handshakeTimeoutMs: env.LINCHPIN_TLS_HANDSHAKE_TIMEOUT_MS,
    // The rest of the time is for what the connections sent, and for everything behind them.
    drainMs: env.LINCHPIN_SHUTDOWN_TIMEOUT_MS / 3,
    partialPacketBytesMax: env.LINCHPIN_PARTIAL_PACKET_BYTES_MAX,
    willBytesMax: env.LINCHPIN_WILL_BYTES_MAX,
    exchangeBytesMax: env.LINCHPIN_EXCHANGE_BYTES_MAX,
    admission: {
      connectionsMax: env.LINCHPIN_CONNECTIONS_MAX,
      unauthenticatedMax: env.LINCHPIN_UNAUTHENTICATED_MAX,
      unauthenticatedPerAddressMax: env.LINCHPIN_UNAUTHENTICATED_PER_ADDRESS_MAX,
    },
    limits: {
      connectArrivalMs: env.LINCHPIN_MQTT_CONNECT_TIMEOUT_MS,
      pendingPublishesMax: env.LINCHPIN_PENDING_PUBLISHES_PER_CONNECTION_MAX,
    },
  };
}

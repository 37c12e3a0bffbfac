import {
  formatHostPort,
  hostPort,
  integer,
  kafkaFields,
  orDefault,
  postgresUrl,
  processFields,
  readEnvironment,
  redisUrl,
  toGrpcTls,
  toKafkaConnection,
  toProcessConfig,
  type Environment,
  type GrpcTls,
  type HostPort,
  type ProcessConfig,
} from '@linchpin/platform/config';
import type { GrpcPlace } from '@linchpin/platform/grpc';
import type { KafkaConnection } from '@linchpin/platform/kafka';
import { z } from 'zod';

export interface CloudToDeviceConfig extends PrepareConfig, ProcessConfig {
  readonly grpc: { readonly listen: HostPort; readonly tls: GrpcTls | undefined };
  readonly registry: GrpcPlace;
  readonly kafka: KafkaConnection;
  /** Of topics, and of keys in Redis, as the gateways have it. */
  readonly topicPrefix: string;
  readonly redisUrl: string;
  readonly postgresConnectionsMax: number;
  /** For calls that wait for a device or for its answer, of all hubs together. */
  readonly methodCallsBytesMax: number;
}

/** What making tables takes. */
interface PrepareConfig {
  readonly logLevel: string;
  readonly postgres: { readonly url: string; readonly schema: string };
}

const mebibyte = 1024 * 1024;

const prepareVariables = {
  LINCHPIN_LOG_LEVEL: processFields.LINCHPIN_LOG_LEVEL,
  LINCHPIN_POSTGRES_URL: postgresUrl,
};

const variables = z.object({
  ...processFields,
  ...prepareVariables,
  ...kafkaFields,
  LINCHPIN_GRPC_LISTEN: hostPort,
  LINCHPIN_REGISTRY_ADDRESS: hostPort,
  LINCHPIN_REDIS_URL: redisUrl,
  LINCHPIN_POSTGRES_CONNECTIONS_MAX: orDefault(integer(1, 1_000), 20),
  LINCHPIN_METHOD_CALLS_MIB_MAX: orDefault(integer(1, 65_536), 256),
});

/** @throws ConfigError, or Error for variables that contradict each other */
export function loadConfig(environment: Environment = process.env): CloudToDeviceConfig {
  const env = readEnvironment(variables, environment);
  const tls = toGrpcTls(env);
  return {
    ...toPrepareConfig(env),
    ...toProcessConfig(env),
    grpc: { listen: env.LINCHPIN_GRPC_LISTEN, tls },
    registry: { address: formatHostPort(env.LINCHPIN_REGISTRY_ADDRESS), tls },
    kafka: toKafkaConnection(env, 'cloud-to-device'),
    topicPrefix: env.LINCHPIN_TOPIC_PREFIX,
    redisUrl: env.LINCHPIN_REDIS_URL,
    postgresConnectionsMax: env.LINCHPIN_POSTGRES_CONNECTIONS_MAX,
    methodCallsBytesMax: env.LINCHPIN_METHOD_CALLS_MIB_MAX * mebibyte,
  };
}

/** @throws ConfigError */
export function loadPrepareConfig(environment: Environment = process.env): PrepareConfig {
  return toPrepareConfig(readEnvironment(z.object(prepareVariables), environment));
}

function toPrepareConfig(env: z.output<z.ZodObject<typeof prepareVariables>>): PrepareConfig {
  return {
    logLevel: env.LINCHPIN_LOG_LEVEL,
    postgres: { url: env.LINCHPIN_POSTGRES_URL, schema: 'cloud_to_device' },
  };
}

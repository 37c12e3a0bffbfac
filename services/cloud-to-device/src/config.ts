import {
  formatHostPort,
  hostPort,
  integer,
  kafkaFields,
  orDefault,
  processFields,
  readEnvironment,
  redisUrl,
  toGrpcTls,
  toProcessConfig,
  type Environment,
  type GrpcTls,
  type HostPort,
  type ProcessConfig,
} from '@linchpin/platform/config';
import type { GrpcPlace } from '@linchpin/platform/grpc';
import { z } from 'zod';

export interface CloudToDeviceConfig extends ProcessConfig {
  readonly grpc: { readonly listen: HostPort; readonly tls: GrpcTls | undefined };
  readonly registry: GrpcPlace;
  readonly redisUrl: string;
  /** Of keys in Redis, as the gateways have it. */
  readonly topicPrefix: string;
  /** For calls that wait for a device or for its answer, of all hubs together. */
  readonly methodCallsBytesMax: number;
}

const mebibyte = 1024 * 1024;

const variables = z.object({
  ...processFields,
  LINCHPIN_GRPC_LISTEN: hostPort,
  LINCHPIN_REGISTRY_ADDRESS: hostPort,
  LINCHPIN_REDIS_URL: redisUrl,
  LINCHPIN_TOPIC_PREFIX: kafkaFields.LINCHPIN_TOPIC_PREFIX,
  LINCHPIN_METHOD_CALLS_MIB_MAX: orDefault(integer(1, 65_536), 256),
});

/** @throws ConfigError, or Error for variables that contradict each other */
export function loadConfig(environment: Environment = process.env): CloudToDeviceConfig {
  const env = readEnvironment(variables, environment);
  const tls = toGrpcTls(env);
  return {
    ...toProcessConfig(env),
    grpc: { listen: env.LINCHPIN_GRPC_LISTEN, tls },
    registry: { address: formatHostPort(env.LINCHPIN_REGISTRY_ADDRESS), tls },
    redisUrl: env.LINCHPIN_REDIS_URL,
    topicPrefix: env.LINCHPIN_TOPIC_PREFIX,
    methodCallsBytesMax: env.LINCHPIN_METHOD_CALLS_MIB_MAX * mebibyte,
  };
}

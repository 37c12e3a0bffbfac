import { z } from 'zod';
import {
  hostPort,
  integer,
  kafkaFields,
  masterKeys,
  orDefault,
  postgresUrl,
  processFields,
  readEnvironment,
  replicationFields,
  toGrpcTls,
  toKafkaConnection,
  toProcessConfig,
  toReplication,
  type Environment,
  type GrpcTls,
  type HostPort,
  type MasterKeys,
  type ProcessConfig,
} from '@linchpin/platform/config';
import type { KafkaConnection, ReplicationSpec } from '@linchpin/platform/kafka';

export interface RegistryConfig extends PrepareConfig, ProcessConfig {
  readonly grpc: { readonly listen: HostPort; readonly tls: GrpcTls | undefined };
  readonly masterKeys: MasterKeys;
  /** Without one every hub must name its host names itself. */
  readonly defaultDomain: string | undefined;
  readonly postgresConnectionsMax: number;
  readonly identitiesPerHubMax: number;
  readonly auditRetentionDays: number;
}

/** What making tables and topics takes. */
interface PrepareConfig {
  readonly logLevel: string;
  readonly postgres: PostgresConfig;
  readonly kafka: KafkaConnection;
  readonly topicPrefix: string;
  readonly replication: ReplicationSpec;
}

/** What sealing stored keys anew takes. */
interface RotateKeysConfig {
  readonly logLevel: string;
  readonly postgres: PostgresConfig;
  readonly masterKeys: MasterKeys;
}

interface PostgresConfig {
  readonly url: string;
  readonly schema: string;
}

const postgresVariables = {
  LINCHPIN_LOG_LEVEL: processFields.LINCHPIN_LOG_LEVEL,
  LINCHPIN_POSTGRES_URL: postgresUrl,
};

const prepareVariables = {
  ...postgresVariables,
  ...kafkaFields,
  ...replicationFields,
  LINCHPIN_PROFILE: processFields.LINCHPIN_PROFILE,
};

const variables = z.object({
  ...processFields,
  ...prepareVariables,
  LINCHPIN_GRPC_LISTEN: hostPort,
  LINCHPIN_MASTER_KEYS: masterKeys,
  LINCHPIN_DEFAULT_DOMAIN: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?$/i, 'must be a domain such as example.net')
    .optional(),
  LINCHPIN_POSTGRES_CONNECTIONS_MAX: orDefault(integer(1, 1_000), 20),
  LINCHPIN_IDENTITIES_PER_HUB_MAX: orDefault(integer(1), 1_000_000),
  /** The table itself keeps what is younger than the least of these (0007_create_audit_log.sql). */
  LINCHPIN_AUDIT_RETENTION_DAYS: orDefault(integer(30, 36_500), 365),
});

/** @throws ConfigError, or Error for variables that contradict each other */
export function loadConfig(environment: Environment = process.env): RegistryConfig {
  const env = readEnvironment(variables, environment);
  return {
    ...toPrepareConfig(env, 'registry'),
    ...toProcessConfig(env),
    grpc: { listen: env.LINCHPIN_GRPC_LISTEN, tls: toGrpcTls(env) },
    masterKeys: env.LINCHPIN_MASTER_KEYS,
    defaultDomain: env.LINCHPIN_DEFAULT_DOMAIN,
    postgresConnectionsMax: env.LINCHPIN_POSTGRES_CONNECTIONS_MAX,
    identitiesPerHubMax: env.LINCHPIN_IDENTITIES_PER_HUB_MAX,
    auditRetentionDays: env.LINCHPIN_AUDIT_RETENTION_DAYS,
  };
}

/** @throws as `loadConfig` */
export function loadPrepareConfig(environment: Environment = process.env): PrepareConfig {
  const env = readEnvironment(z.object(prepareVariables), environment);
  return toPrepareConfig(env, 'registry-prepare');
}

/** @throws ConfigError */
export function loadRotateKeysConfig(environment: Environment = process.env): RotateKeysConfig {
  const schema = z.object({ ...postgresVariables, LINCHPIN_MASTER_KEYS: masterKeys });
  const env = readEnvironment(schema, environment);
  return {
    logLevel: env.LINCHPIN_LOG_LEVEL,
    postgres: toPostgresConfig(env),
    masterKeys: env.LINCHPIN_MASTER_KEYS,
  };
}

function toPrepareConfig(
  env: z.output<z.ZodObject<typeof prepareVariables>>,
  clientId: string,
): PrepareConfig {
  return {
    logLevel: env.LINCHPIN_LOG_LEVEL,
    postgres: toPostgresConfig(env),
    kafka: toKafkaConnection(env, clientId),
    topicPrefix: env.LINCHPIN_TOPIC_PREFIX,
    replication: toReplication(env),
  };
}

function toPostgresConfig({
  LINCHPIN_POSTGRES_URL: url,
}: z.output<z.ZodObject<typeof postgresVariables>>): PostgresConfig {
  return { url, schema: 'registry' };
}

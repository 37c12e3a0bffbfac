import {
  commaList,
  formatHostPort,
  hostPort,
  integer,
  masterKeys,
  orDefault,
  pemFiles,
  postgresUrl,
  processFields,
  readEnvironment,
  toGrpcTls,
  toProcessConfig,
  type Environment,
  type GrpcTls,
  type HostPort,
  type MasterKeys,
  type ProcessConfig,
} from '@linchpin/platform/config';
import type { GrpcPlace } from '@linchpin/platform/grpc';
import { z } from 'zod';
import type { BlobStoreSettings } from './blob/blob-requests.js';
import type { WorkloadIdentitySettings } from './blob/workload-identity.js';

export interface FileUploadConfig extends PrepareConfig, ProcessConfig {
  readonly grpc: { readonly listen: HostPort; readonly tls: GrpcTls | undefined };
  readonly registry: GrpcPlace;
  readonly masterKeys: MasterKeys;
  readonly postgresConnectionsMax: number;
  readonly blobStore: BlobStoreSettings;
  /** Who this deployment is to stores that trust it; undefined: nobody. */
  readonly identity: WorkloadIdentitySettings | undefined;
  /** That wait in one hub. */
  readonly fileNotificationsMax: number;
  /** In this process at once. */
  readonly jobsRunningMax: number;
  /** So long a job belongs to a process that says nothing. */
  readonly jobLeaseMs: number;
  /** A job that was begun so long ago, by whatever process, fails. */
  readonly jobDurationMaxMs: number;
  /** A larger blob is not imported. */
  readonly importBlobBytesMax: number;
}

/** What making tables takes. */
interface PrepareConfig {
  readonly logLevel: string;
  readonly postgres: { readonly url: string; readonly schema: string };
}

const minuteMs = 60_000;
const mebibyte = 1024 * 1024;

const prepareVariables = {
  LINCHPIN_LOG_LEVEL: processFields.LINCHPIN_LOG_LEVEL,
  LINCHPIN_POSTGRES_URL: postgresUrl,
};

const variables = z.object({
  ...processFields,
  ...prepareVariables,
  LINCHPIN_GRPC_LISTEN: hostPort,
  LINCHPIN_REGISTRY_ADDRESS: hostPort,
  LINCHPIN_MASTER_KEYS: masterKeys,
  LINCHPIN_POSTGRES_CONNECTIONS_MAX: orDefault(integer(1, 1_000), 10),
  LINCHPIN_BLOB_HOSTS: orDefault(
    commaList.refine(
      (hosts) => hosts.every((host) => /^(?:\*\.)?[a-z0-9.-]+(?::\d{1,5})?$/i.test(host)),
      'must be host, host:port or *.domain, several by commas',
    ),
    [],
  ),
  LINCHPIN_BLOB_CA_FILE: orDefault(pemFiles, []),
  LINCHPIN_JOBS_RUNNING_MAX: orDefault(integer(1, 100), 8),
  LINCHPIN_JOB_LEASE_MS: orDefault(integer(1_000, 600_000), 15_000),
  LINCHPIN_JOB_DURATION_MAX_MINUTES: orDefault(integer(1, 7 * 24 * 60), 6 * 60),
  LINCHPIN_IMPORT_BLOB_MIB_MAX: orDefault(integer(1, 1024 * 1024), 2 * 1024),
  LINCHPIN_FILE_NOTIFICATIONS_MAX: orDefault(integer(1, 1_000_000), 10_000),
  // Their names are those that Entra's workload identity sets in a container.
  AZURE_CLIENT_ID: z.string().optional(),
  AZURE_TENANT_ID: z.string().optional(),
  AZURE_FEDERATED_TOKEN_FILE: z.string().optional(),
  AZURE_AUTHORITY_HOST: orDefault(
    z.url({
      protocol: /^https$/,
      error: 'must be a URL such as https://login.microsoftonline.com/',
    }),
    'https://login.microsoftonline.com/',
  ),
});

/** @throws ConfigError, or Error for variables that contradict each other */
export function loadConfig(environment: Environment = process.env): FileUploadConfig {
  const env = readEnvironment(variables, environment);
  const tls = toGrpcTls(env);
  return {
    ...toPrepareConfig(env),
    ...toProcessConfig(env),
    grpc: { listen: env.LINCHPIN_GRPC_LISTEN, tls },
    registry: { address: formatHostPort(env.LINCHPIN_REGISTRY_ADDRESS), tls },
    masterKeys: env.LINCHPIN_MASTER_KEYS,
    postgresConnectionsMax: env.LINCHPIN_POSTGRES_CONNECTIONS_MAX,
    blobStore: {
      allowedHosts: env.LINCHPIN_BLOB_HOSTS,
      authorities: env.LINCHPIN_BLOB_CA_FILE,
    },
    jobsRunningMax: env.LINCHPIN_JOBS_RUNNING_MAX,
    jobLeaseMs: env.LINCHPIN_JOB_LEASE_MS,
    jobDurationMaxMs: env.LINCHPIN_JOB_DURATION_MAX_MINUTES * minuteMs,
    importBlobBytesMax: env.LINCHPIN_IMPORT_BLOB_MIB_MAX * mebibyte,
    identity: toIdentity(env),
    fileNotificationsMax: env.LINCHPIN_FILE_NOTIFICATIONS_MAX,
  };
}

/** @throws ConfigError */
export function loadPrepareConfig(environment: Environment = process.env): PrepareConfig {
  return toPrepareConfig(readEnvironment(z.object(prepareVariables), environment));
}

/** Only of all three: a platform that sets some of them for another purpose is not meant. */
function toIdentity(env: z.output<typeof variables>): WorkloadIdentitySettings | undefined {
  const { AZURE_CLIENT_ID: clientId, AZURE_TENANT_ID: tenantId } = env;
  const { AZURE_FEDERATED_TOKEN_FILE: tokenFile, AZURE_AUTHORITY_HOST: authority } = env;
  return clientId === undefined || tenantId === undefined || tokenFile === undefined
    ? undefined
    : { clientId, tenantId, tokenFile, authority: new URL(authority) };
}

function toPrepareConfig(env: z.output<z.ZodObject<typeof prepareVariables>>): PrepareConfig {
  return {
    logLevel: env.LINCHPIN_LOG_LEVEL,
    postgres: { url: env.LINCHPIN_POSTGRES_URL, schema: 'file_upload' },
  };
}

/** The variables of the api (README.md) and what they mean. */
import type { BlockList } from 'node:net';
import {
  commaList,
  formatHostPort,
  hostPort,
  hostPorts,
  integer,
  isGiven,
  kafkaFields,
  networks,
  orDefault,
  pemFiles,
  processFields,
  readEnvironment,
  redisUrl,
  tlsFields,
  toGrpcTls,
  toProcessConfig,
  toServerTls,
  type Environment,
  type HostPort,
  type ProcessConfig,
  type ServerTls,
} from '@linchpin/platform/config';
import type { GrpcPlace } from '@linchpin/platform/grpc';
import type { HttpLimits } from '@linchpin/platform/http-server';
import { z } from 'zod';
import type { OidcSettings } from './clients/oidc-token-verifier.js';
import { parseRoleMapping, type RoleMapping } from './domain/role-claims.js';

export interface ApiConfig extends ProcessConfig {
  /** Of HTTPS. */
  readonly listen: readonly HostPort[];
  readonly tls: ServerTls;
  /** Load balancers: they say first whom they speak for. */
  readonly proxies: BlockList;
  readonly handshakeTimeoutMs: number;
  readonly limits: HttpLimits;
  /** For bodies that are being read and answers that are not taken, of all requests together. */
  readonly requestsBytesMax: number;
  readonly registry: GrpcPlace;
  readonly redisUrl: string;
  /** Of keys in Redis, as the gateways have it. */
  readonly topicPrefix: string;
  readonly fileUpload: GrpcPlace;
  readonly twin: GrpcPlace;
  readonly cloudToDevice: GrpcPlace;
  /** Undefined when only an issuer's tokens administer. */
  readonly adminToken: string | undefined;
  /** Undefined when no issuer's tokens count. */
  readonly oidc: OidcConfig | undefined;
  readonly eventsEndpoint: string | undefined;
}

export interface OidcConfig extends OidcSettings {
  /** PEM; trusted beside what Node trusts. */
  readonly authorities: readonly string[];
}

const roleMapping = z.string().transform((text, context): RoleMapping => {
  try {
    return parseRoleMapping(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

const names = commaList.refine((list) => list.length > 0, 'names none');

const variables = z.object({
  ...processFields,
  LINCHPIN_HTTPS_LISTEN: hostPorts,
  ...tlsFields,
  LINCHPIN_PROXY_PROTOCOL_FROM: networks,
  LINCHPIN_REGISTRY_ADDRESS: hostPort,
  LINCHPIN_REDIS_URL: redisUrl,
  LINCHPIN_TOPIC_PREFIX: kafkaFields.LINCHPIN_TOPIC_PREFIX,
  LINCHPIN_FILE_UPLOAD_ADDRESS: hostPort,
  LINCHPIN_TWIN_ADDRESS: hostPort,
  LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: hostPort,
  LINCHPIN_ADMIN_TOKEN: z
    .string('is required')
    .regex(/^[\x21-\x7e]{16,1024}$/, 'must have at least 16 ASCII characters and no space')
    .optional(),
  LINCHPIN_OIDC_ISSUER: z
    .url({ protocol: /^https$/, error: 'must be an https URL, as the issuer spells it' })
    .optional(),
  LINCHPIN_OIDC_AUDIENCE: commaList.optional(),
  LINCHPIN_OIDC_TOKEN_TYPES: orDefault(names, ['JWT', 'at+jwt', 'Bearer']),
  LINCHPIN_OIDC_CLIENTS: names.optional(),
  LINCHPIN_OIDC_ROLES_CLAIM: orDefault(z.string(), 'roles'),
  LINCHPIN_OIDC_ROLES: roleMapping.optional(),
  LINCHPIN_OIDC_NAME_CLAIM: orDefault(z.string(), 'sub'),
  LINCHPIN_OIDC_CA_FILE: orDefault(pemFiles, []),
  LINCHPIN_EVENTS_ENDPOINT: z.string().optional(),
  LINCHPIN_CONNECTIONS_MAX: orDefault(integer(1, 1_000_000), 10_000),
  LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX: orDefault(integer(1, 1_000_000), 1_000),
  // One hub alone has half, which must hold the longest answer: 10 MiB.
  LINCHPIN_REQUESTS_MIB_MAX: orDefault(integer(64, 65_536), 256),
  LINCHPIN_HANDSHAKE_TIMEOUT_MS: orDefault(integer(100, 120_000), 10_000),
  LINCHPIN_HEADERS_TIMEOUT_MS: orDefault(integer(100, 300_000), 15_000),
  LINCHPIN_REQUEST_TIMEOUT_MS: orDefault(integer(100, 600_000), 60_000),
  LINCHPIN_KEEP_ALIVE_TIMEOUT_MS: orDefault(integer(100, 3_600_000), 120_000),
});

type Variables = z.output<typeof variables>;

/** @throws ConfigError naming every variable at fault, or Error for variables that contradict each other */
export function loadConfig(environment: Environment = process.env): ApiConfig {
  const env = readEnvironment(variables, environment);
  if (env.LINCHPIN_ADMIN_TOKEN === undefined && env.LINCHPIN_OIDC_ISSUER === undefined) {
    throw new Error(
      'Nobody could administer: set LINCHPIN_ADMIN_TOKEN, LINCHPIN_OIDC_ISSUER or both',
    );
  }
  const tls = toGrpcTls(env);
  return {
    ...toProcessConfig(env),
    listen: env.LINCHPIN_HTTPS_LISTEN,
    tls: toServerTls(env),
    proxies: env.LINCHPIN_PROXY_PROTOCOL_FROM,
    handshakeTimeoutMs: env.LINCHPIN_HANDSHAKE_TIMEOUT_MS,
    limits: {
      connectionsMax: env.LINCHPIN_CONNECTIONS_MAX,
      connectionsPerAddressMax: env.LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX,
      headersTimeoutMs: env.LINCHPIN_HEADERS_TIMEOUT_MS,
      requestTimeoutMs: env.LINCHPIN_REQUEST_TIMEOUT_MS,
      keepAliveTimeoutMs: env.LINCHPIN_KEEP_ALIVE_TIMEOUT_MS,
    },
    requestsBytesMax: env.LINCHPIN_REQUESTS_MIB_MAX * 1024 * 1024,
    registry: { address: formatHostPort(env.LINCHPIN_REGISTRY_ADDRESS), tls },
    redisUrl: env.LINCHPIN_REDIS_URL,
    topicPrefix: env.LINCHPIN_TOPIC_PREFIX,
    fileUpload: { address: formatHostPort(env.LINCHPIN_FILE_UPLOAD_ADDRESS), tls },
    twin: { address: formatHostPort(env.LINCHPIN_TWIN_ADDRESS), tls },
    cloudToDevice: { address: formatHostPort(env.LINCHPIN_CLOUD_TO_DEVICE_ADDRESS), tls },
    adminToken: env.LINCHPIN_ADMIN_TOKEN,
    oidc: toOidc(env, environment),
    eventsEndpoint: env.LINCHPIN_EVENTS_ENDPOINT,
  };
}

/**
 * @throws Error for an issuer without an audience: its tokens for others would count here; for whatever is
 *   said of tokens without an issuer: none would count; and for an empty variable: elsewhere it counts as
 *   absent, which for clients and roles would let more tokens count
 */
function toOidc(env: Variables, environment: Environment): OidcConfig | undefined {
  const { LINCHPIN_OIDC_ISSUER: issuer, LINCHPIN_OIDC_AUDIENCE: audiences = [] } = env;
  const ofTokens = Object.keys(variables.shape).filter((name) => name.startsWith('LINCHPIN_OIDC_'));
  const empty = ofTokens
    .flatMap((name) => [name, `${name}_FILE`])
    .filter((name) => environment[name] === '');
  if (empty.length > 0) {
    throw new Error(
      `${empty.join(', ')} is empty, which could mean all or none: give it a value or leave it out`,
    );
  }
  if (issuer === undefined) {
    const idle = ofTokens.filter((name) => isGiven(name, environment));
    if (idle.length > 0) {
      throw new Error(
        `${idle.join(', ')} is of no use without LINCHPIN_OIDC_ISSUER: set it as well`,
      );
    }
    return undefined;
  }
  if (audiences.length === 0) {
    throw new Error(
      'LINCHPIN_OIDC_ISSUER needs LINCHPIN_OIDC_AUDIENCE: what the `aud` of tokens for this hub holds',
    );
  }
  return {
    issuer,
    audiences,
    tokenTypes: env.LINCHPIN_OIDC_TOKEN_TYPES,
    clients: env.LINCHPIN_OIDC_CLIENTS,
    rolesClaim: env.LINCHPIN_OIDC_ROLES_CLAIM,
    roleMapping: env.LINCHPIN_OIDC_ROLES,
    nameClaim: env.LINCHPIN_OIDC_NAME_CLAIM,
    authorities: env.LINCHPIN_OIDC_CA_FILE,
  };
}

import { z } from 'zod';
import { hostPort, integer, orDefault, pemFiles, type HostPort } from './fields.js';

/** Certificate, key and the authority that both sides of a gRPC call must be signed by (PEM). */
export interface GrpcTls {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** The variables that every process of the hub reads. */
export const processFields = {
  LINCHPIN_LOG_LEVEL: orDefault(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
  ),
  /** `dev` lets a process run on engines that keep less than it promises: one replica, say. */
  LINCHPIN_PROFILE: orDefault(z.enum(['production', 'dev']), 'production'),
  LINCHPIN_PROBE_LISTEN: hostPort,
  LINCHPIN_SHUTDOWN_TIMEOUT_MS: orDefault(integer(100, 600_000), 30_000),
  LINCHPIN_GRPC_TLS_CERT_FILE: pemFiles.optional(),
  LINCHPIN_GRPC_TLS_KEY_FILE: pemFiles.optional(),
  LINCHPIN_GRPC_TLS_CA_FILE: pemFiles.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url('must be a URL such as http://127.0.0.1:4318').optional(),
};

/** What every process of the hub is told, beside how it is called. */
export interface ProcessConfig {
  readonly logLevel: string;
  readonly probeListen: HostPort;
  readonly shutdownTimeoutMs: number;
  /** Undefined when traces go nowhere. */
  readonly tracingEndpoint: string | undefined;
}

export function toProcessConfig(
  variables: z.output<z.ZodObject<typeof processFields>>,
): ProcessConfig {
  return {
    logLevel: variables.LINCHPIN_LOG_LEVEL,
    probeListen: variables.LINCHPIN_PROBE_LISTEN,
    shutdownTimeoutMs: variables.LINCHPIN_SHUTDOWN_TIMEOUT_MS,
    tracingEndpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}

interface GrpcTlsVariables {
  readonly LINCHPIN_GRPC_TLS_CERT_FILE?: readonly string[] | undefined;
  readonly LINCHPIN_GRPC_TLS_KEY_FILE?: readonly string[] | undefined;
  readonly LINCHPIN_GRPC_TLS_CA_FILE?: readonly string[] | undefined;
}

/**
 * Mutual TLS between services when its three variables are set, plain TCP when none is.
 *
 * @throws Error when only some are set: half a configuration would leave the port open
 */
export function toGrpcTls(variables: GrpcTlsVariables): GrpcTls | undefined {
  const certificate = variables.LINCHPIN_GRPC_TLS_CERT_FILE?.join('\n');
  const key = variables.LINCHPIN_GRPC_TLS_KEY_FILE?.join('\n');
  const authority = variables.LINCHPIN_GRPC_TLS_CA_FILE?.join('\n');
  if (certificate === undefined && key === undefined && authority === undefined) {
    return undefined;
  }
  if (certificate === undefined || key === undefined || authority === undefined) {
    throw new Error(
      'LINCHPIN_GRPC_TLS_CERT_FILE, LINCHPIN_GRPC_TLS_KEY_FILE and LINCHPIN_GRPC_TLS_CA_FILE go together: set all three or none',
    );
  }
  return { certificate, key, authority };
}

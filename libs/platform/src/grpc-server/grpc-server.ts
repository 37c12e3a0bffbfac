import { ServerCredentials, type Server, type ServiceDefinition } from '@grpc/grpc-js';
import type { GrpcOptions } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { formatHostPort, type HostPort } from '../config/fields.js';
import type { GrpcTls } from '../config/process-fields.js';

export interface GrpcServerOptions {
  readonly listen: HostPort;
  readonly tls: GrpcTls | undefined;
  /** By full name: `linchpin.registry.v1.Registry`. */
  readonly services: Readonly<Record<string, ServiceDefinition>>;
  /**
   * Those beyond it wait at their caller for the end of others, whoever's they are: more than may run at
   * once where they wait long. 1,000 unless it is given.
   */
  readonly callsPerConnectionMax?: number;
}

/**
 * Nest's options for a server that offers the services and the standard health service
 * (`grpc.health.v1.Health`). With TLS a caller must show a certificate of the same authority.
 * Closing it lets the calls that run finish.
 */
export function grpcServerOptions({
  listen,
  tls,
  services,
  callsPerConnectionMax = 1_000,
}: GrpcServerOptions): GrpcOptions['options'] {
  return {
    url: formatHostPort(listen),
    package: [...new Set(Object.keys(services).map(packageOf))],
    packageDefinition: services,
    credentials: toServerCredentials(tls),
    channelOptions: {
      'grpc.max_concurrent_streams': callsPerConnectionMax,
      // Figures that nobody reads.
      'grpc.enable_channelz': 0,
      // A caller that is lost without a word, with streams that stand, must not hold up the end.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    },
    maxReceiveMessageLength: 4 * 1024 * 1024,
    gracefulShutdown: true,
    onLoadPackageDefinition: (_definition: unknown, server: Server) => {
      addHealthService(server, Object.keys(services));
    },
  };
}

function addHealthService(server: Server, names: readonly string[]): void {
  const serving = Object.fromEntries(['', ...names].map((name) => [name, 'SERVING' as const]));
  new HealthImplementation(serving).addToServer(server);
}

function toServerCredentials(tls: GrpcTls | undefined): ServerCredentials {
  return tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(
        Buffer.from(tls.authority),
        [{ cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) }],
        true,
      );
}

function packageOf(serviceName: string): string {
  return serviceName.slice(0, serviceName.lastIndexOf('.'));
}

import {
  Logger as NestLogger,
  type DynamicModule,
  type INestMicroservice,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { listenAsSet } from '../lifecycle/setting-fault.js';
import type { Logger } from '../logging/logger.js';
import type { Registry } from '../metrics/metrics.js';
import { ActorInterceptor } from './actor-interceptor.js';
import { CallerSignalInterceptor } from './caller-signal.js';
import { grpcServerOptions, type GrpcServerOptions } from './grpc-server.js';
import { HubErrorFilter } from './hub-error-filter.js';
import { RpcInterceptor } from './rpc-interceptor.js';

interface GrpcServerSettings extends GrpcServerOptions {
  /** Whose controllers answer the services' rpcs. */
  readonly module: Type | DynamicModule;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Within what every service has. */
  readonly interceptors?: readonly NestInterceptor[];
}

/** Serves a Nest module over gRPC, with errors, spans, metrics and logs as every service has them. */
export async function startGrpcServer(settings: GrpcServerSettings): Promise<INestMicroservice> {
  const { module, logger, metrics } = settings;
  NestLogger.overrideLogger(false);
  const application = await NestFactory.createMicroservice<MicroserviceOptions>(
    module,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class but takes plain objects
    grpcServerOptions(settings),
  );
  application.useGlobalFilters(new HubErrorFilter());
  application.useGlobalInterceptors(
    new RpcInterceptor(logger, metrics),
    new ActorInterceptor(),
    new CallerSignalInterceptor(),
    ...(settings.interceptors ?? []),
  );
  await listenAsSet('LINCHPIN_GRPC_LISTEN', () => application.listen());
  if (settings.tls === undefined) {
    logger.warn(
      settings.listen,
      'gRPC is served without TLS: whoever reaches this address may call everything',
    );
  }
  return application;
}

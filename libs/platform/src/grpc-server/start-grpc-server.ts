import {
  Logger as NestLogger,
  type DynamicModule,
  type INestMicroservice,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { listenAsSet } from '../lifecycle/setting-fault.js';
import type { Logger } from '../logging/logger.js';
import type { Registry } from '../metrics/metrics.js';
import { grpcServerOptions, type GrpcServerOptions } from './grpc-server.js';
import type { RpcInterceptor } from './rpc-interceptor.js';
import { RpcLog } from './rpc-log.js';
import { ErrorFilter, RpcServer } from './rpc-server.js';

interface GrpcServerSettings extends GrpcServerOptions {
  /** Whose controllers answer the services' rpcs. */
  readonly module: Type | DynamicModule;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Within what every service has. */
  readonly interceptors?: readonly RpcInterceptor[];
}

/** Serves a Nest module over gRPC, with errors, spans, metrics and logs as every service has them. */
export async function startGrpcServer(settings: GrpcServerSettings): Promise<INestMicroservice> {
  const { module, logger, metrics } = settings;
  NestLogger.overrideLogger(false);
  const interceptors = [new RpcLog(logger, metrics), ...(settings.interceptors ?? [])];
  const strategy = new RpcServer(grpcServerOptions(settings), interceptors);
  const application = await NestFactory.createMicroservice<MicroserviceOptions>(
    module,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class but takes plain objects
    { strategy },
  );
  application.useGlobalFilters(new ErrorFilter());
  await listenAsSet('LINCHPIN_GRPC_LISTEN', () => application.listen());
  if (settings.tls === undefined) {
    logger.warn(
      settings.listen,
      'gRPC is served without TLS: whoever reaches this address may call everything',
    );
  }
  return application;
}

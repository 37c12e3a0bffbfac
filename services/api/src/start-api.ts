import { NestFactory } from '@nestjs/core';
import { HttpsServer } from '@linchpin/platform/http-server';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { ApiModule, composeApi } from './api.module.js';
import type { ApiConfig } from './config.js';
import { ErrorFilter } from './http/error.filter.js';
import { OperationAdapter } from './http/operation-adapter.js';
import { OperationHandlers } from './http/operation-handlers.js';
import { createRequestListener } from './http/request-listener.js';
import { openOutside } from './outside.js';

/** Of the time to stop: the rest is for what comes after the last request. */
const drainShare = 0.9;

const headerBytesMax = 16 * 1024;

export interface RunningApi extends RunningService {
  /** In the order of the addresses that the configuration names. */
  readonly httpsPorts: readonly number[];
  readonly probePort: number;
}

/** Starts the whole process; its end is in the order of `stop`. */
export async function startApi(config: ApiConfig, logger: Logger): Promise<RunningApi> {
  const { listen, proxies, handshakeTimeoutMs, limits, shutdownTimeoutMs } = config;
  const stopTracing = await startTracing('api', config.tracingEndpoint);
  const outside = openOutside(config, logger);
  const { metrics, events, certificates, registry, fileUpload, twin, budgets } = outside;
  const { cloudToDevice, connectionEvents } = outside;
  const parts = composeApi(config, outside);
  const handlers = new OperationHandlers();
  const application = await createApplication(ApiModule.of(parts), handlers);
  const listener = createRequestListener({ ...parts, handlers, events });
  const https = await HttpsServer.start({
    ...{ listen, proxies, handshakeTimeoutMs, limits, headerBytesMax, certificates, listener },
    variable: 'LINCHPIN_HTTPS_LISTEN',
    asksForCertificate: false,
    events: connectionEvents,
  });
  const probes = await ProbeServer.start({
    listen: config.probeListen,
    metrics,
    // Without one of the others there are no jobs, no twins or no methods, and all the rest.
    readyChecks: { registry: () => registry.check() },
  });
  const peers = watchPeers({
    checks: {
      registry: () => registry.check(),
      'file-upload': () => fileUpload.check(),
      twin: () => twin.check(),
      'cloud-to-device': () => cloudToDevice.check(),
    },
    logger,
  });
  logger.info({ listen }, 'serving');
  return {
    httpsPorts: https.ports,
    probePort: probes.port,
    stop: () => {
      probes.drain();
      return stopAll([
        () => https.stop(shutdownTimeoutMs * drainShare),
        () => application.close(),
        () => budgets.stop(),
        () => peers.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}

/** Nest's part: it makes the controllers, which declare their handlers, and listens nowhere itself. */
async function createApplication(
  module: DynamicModule,
  handlers: OperationHandlers,
): Promise<INestApplication> {
  const application = await NestFactory.create(
    module,
    new OperationAdapter(handlers),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class but takes plain objects
    { logger: false, abortOnError: false, bodyParser: false },
  );
  application.useGlobalFilters(new ErrorFilter());
  await application.init();
  handlers.checkComplete();
  return application;
}

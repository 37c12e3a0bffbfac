import type { RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import type { DynamicModule } from '@nestjs/common';
import { ApiModule, composeApi } from './api.module.js';
import type { ApiConfig } from './config.js';
import { ErrorFilter } from './http/error.filter.js';
import { HttpsServer } from './http/https-server.js';
import { createRequestListener } from './http/request-listener.js';
import { openOutside } from './outside.js';

/** Of the time to stop: the rest is for what comes after the last request. */
const drainShare = 0.9;

export interface RunningApi extends RunningService {
  /** In the order of the addresses that the configuration names. */
  readonly httpsPorts: readonly number[];
  readonly probePort: number;
}

/** Starts the whole process; its end is in the order of `stop`. */
export async function startApi(config: ApiConfig, logger: Logger): Promise<RunningApi> {
  const { listen, proxies, handshakeTimeoutMs, limits, shutdownTimeoutMs } = config;
  const stopTracing = startTracing('api', config.tracingEndpoint);
  const outside = openOutside(config, logger);
  const { metrics, events, certificates, registry, fileUpload, twin, budgets } = outside;
  const { cloudToDevice } = outside;
  const parts = composeApi(config, outside);
  const application = await createApplication(ApiModule.of(parts));
  const route = application.getHttpAdapter().getInstance() as RequestListener;
  const listener = createRequestListener({ ...parts, route, events });
  const bounds = { listen, proxies, handshakeTimeoutMs, limits };
  const https = await HttpsServer.start({ ...bounds, certificates, listener, events });
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

/** Nest's part: it hands each admitted request to its controller, and listens nowhere itself. */
async function createApplication(module: DynamicModule): Promise<NestExpressApplication> {
  const application = await NestFactory.create<NestExpressApplication>(
    module,
    new ExpressAdapter(),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class but takes plain objects
    { logger: false, abortOnError: false, bodyParser: false },
  );
  application.disable('x-powered-by');
  application.useGlobalFilters(new ErrorFilter());
  return application.init();
}

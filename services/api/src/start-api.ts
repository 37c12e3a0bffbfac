import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { processClock, RedisBudgetStore, SharedBudgets } from '@linchpin/platform/budgets';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { openRedis } from '@linchpin/platform/redis';
import { ServerCertificates } from '@linchpin/platform/tls';
import { startTracing } from '@linchpin/platform/tracing';
import type { DynamicModule } from '@nestjs/common';
import { ApiModule, composeApi } from './api.module.js';
import { connectFileUpload } from './clients/file-upload-connection.js';
import { connectRegistry } from './clients/registry-connection.js';
import type { ApiConfig } from './config.js';
import { ApiEvents } from './events.js';
import { ErrorFilter } from './http/error.filter.js';
import { HttpsServer } from './http/https-server.js';
import { createRequestListener } from './http/request-listener.js';

/** Of the time to stop: the rest is for what comes after the last request. */
const drainShare = 0.9;

export interface RunningApi extends RunningService {
  /** In the order of the addresses that the configuration names. */
  readonly httpsPorts: readonly number[];
  readonly probePort: number;
}

/** Starts the whole process; what was started is stopped in the opposite order. */
export async function startApi(config: ApiConfig, logger: Logger): Promise<RunningApi> {
  const { listen, proxies, handshakeTimeoutMs, limits, shutdownTimeoutMs } = config;
  const metrics = createMetrics('api');
  const stopTracing = startTracing('api', config.tracingEndpoint);
  const events = new ApiEvents(logger, metrics);
  const certificates = new ServerCertificates({ ...config.tls, logger });
  const connection = connectRegistry(config.registry);
  const fileUpload = connectFileUpload(config.fileUpload);
  const redis = openRedis(config.redisUrl, logger);
  // It connects when it can: until then each process holds hubs to their rates by itself.
  redis.connect().catch(() => undefined);
  const store = new RedisBudgetStore(redis, `${config.topicPrefix}:`);
  const budgets = new SharedBudgets({ store, process: `api-${randomUUID()}`, clock: processClock });
  budgets.addMetrics(metrics);
  const parts = composeApi(config, { registry: connection, fileUpload }, { events, budgets });
  const application = await createApplication(ApiModule.of(parts));
  const route = application.getHttpAdapter().getInstance() as RequestListener;
  const listener = createRequestListener({ ...parts, route, events });
  const bounds = { listen, proxies, handshakeTimeoutMs, limits };
  const https = await HttpsServer.start({ ...bounds, certificates, listener, events });
  const probes = await ProbeServer.start({
    listen: config.probeListen,
    metrics,
    // Without the other service there are no jobs, and all the rest.
    readyChecks: { registry: () => connection.check() },
  });
  const peers = watchPeers({
    checks: { registry: () => connection.check(), 'file-upload': () => fileUpload.check() },
    logger,
  });
  logger.info({ listen }, 'serving');
  return {
    httpsPorts: https.ports,
    probePort: probes.port,
    stop: async () => {
      probes.drain();
      await stopAll([
        () => https.stop(shutdownTimeoutMs * drainShare),
        () => application.close(),
        () => budgets.stop(),
        () => peers.stop(),
        () => probes.stop(),
        stopTracing,
      ]);
      fileUpload.close();
      connection.close();
      redis.disconnect();
      certificates.close();
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

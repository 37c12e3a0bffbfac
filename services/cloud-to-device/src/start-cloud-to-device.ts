import { DirectMethodsService } from '@linchpin/contracts';
import { startGrpcServer } from '@linchpin/platform/grpc-server';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import { CloudToDeviceModule, composeInvokeMethod } from './cloud-to-device.module.js';
import type { CloudToDeviceConfig } from './config.js';
import { callBytes } from './domain/call-places.js';
import { CloudToDeviceEvents } from './events.js';
import { openOutside } from './outside.js';

/** Of the time to stop: so long devices that were asked may answer. */
const drainShare = 0.8;
/** Beyond those that find a place: each is told soon that it finds none. */
const refusedCallsMax = 1_000;

/** Starts the whole process; its end is in the order of `stop`. */
export async function startCloudToDevice(
  config: CloudToDeviceConfig,
  logger: Logger,
): Promise<RunningService> {
  const stopTracing = startTracing('cloud-to-device', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const { redis, connection } = outside;
  const metrics = createMetrics('cloud-to-device');
  const invokeMethod = composeInvokeMethod(config, outside);
  const events = new CloudToDeviceEvents(logger, metrics);
  const server = await startGrpcServer({
    module: CloudToDeviceModule.of({ invokeMethod, events }),
    services: { 'linchpin.cloud_to_device.v1.DirectMethods': DirectMethodsService },
    ...config.grpc,
    callsPerConnectionMax: Math.ceil(config.methodCallsBytesMax / callBytes) + refusedCallsMax,
    logger,
    metrics,
  });
  const checkRegistry = (): Promise<void> => connection.check();
  const probes = await ProbeServer.start({
    listen: config.probeListen,
    metrics,
    readyChecks: {
      redis: async () => {
        await redis.ping();
      },
      registry: checkRegistry,
    },
  });
  const peers = watchPeers({ checks: { registry: checkRegistry }, logger });
  logger.info(config.grpc.listen, 'serving');
  return {
    stop: async () => {
      probes.drain();
      invokeMethod.stopWaiting();
      const timer = setTimeout(() => {
        invokeMethod.stop();
      }, config.shutdownTimeoutMs * drainShare);
      await stopAll([
        () => server.close(),
        () => {
          clearTimeout(timer);
        },
        () => peers.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}

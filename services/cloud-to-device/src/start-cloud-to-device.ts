import {
  CloudToDeviceMessagesService,
  DeviceMessagesService,
  DirectMethodsService,
  FeedbackService,
  registryChangesTopic,
} from '@linchpin/contracts';
import { startGrpcServer } from '@linchpin/platform/grpc-server';
import type { PatientConsumer } from '@linchpin/platform/kafka';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics, type Registry as Metrics } from '@linchpin/platform/metrics';
import { isDataException } from '@linchpin/platform/postgres';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import {
  CloudToDeviceModule,
  composeCloudToDevice,
  type CloudToDeviceParts,
} from './cloud-to-device.module.js';
import type { CloudToDeviceConfig } from './config.js';
import { callBytes } from './domain/call-places.js';
import { applyChanges } from './domain/registry-changes.js';
import { CloudToDeviceEvents } from './events.js';
import { hubTurns } from './grpc/hub-turns.js';
import { startRegistryChangeConsumer } from './kafka/registry-change-consumer.js';
import { startExpiring, startRemovingDeleted, startSweepingHints } from './message-work.js';
import { openOutside, type Outside } from './outside.js';

/** Of the time to stop: so long devices that were asked may answer. */
const drainShare = 0.8;
/** Beyond those that find a place: each is told soon that it finds none. */
const refusedCallsMax = 1_000;

const services = {
  'linchpin.cloud_to_device.v1.CloudToDeviceMessages': CloudToDeviceMessagesService,
  'linchpin.cloud_to_device.v1.DeviceMessages': DeviceMessagesService,
  'linchpin.cloud_to_device.v1.DirectMethods': DirectMethodsService,
  'linchpin.cloud_to_device.v1.Feedback': FeedbackService,
};

/** Starts the whole process; its end is in the order of `stop`. */
export async function startCloudToDevice(
  config: CloudToDeviceConfig,
  logger: Logger,
): Promise<RunningService> {
  const stopTracing = await startTracing('cloud-to-device', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const metrics = createMetrics('cloud-to-device');
  const events = new CloudToDeviceEvents(logger, metrics);
  const parts = composeCloudToDevice(config, outside, events);
  const { invokeMethod, hints } = parts;
  const consumer = startConsumer(config, outside, parts);
  const expiring = startExpiring(parts);
  const sweeping = startSweepingHints(parts);
  const removing = startRemovingDeleted(parts);
  const server = await startGrpcServer({
    module: CloudToDeviceModule.of(parts),
    services,
    ...config.grpc,
    callsPerConnectionMax: Math.ceil(config.methodCallsBytesMax / callBytes) + refusedCallsMax,
    logger,
    metrics,
    interceptors: hubTurns(config.postgresConnectionsMax),
  });
  const probes = await startProbes(config, outside, metrics);
  const peers = watchPeers({ checks: { registry: () => outside.connection.check() }, logger });
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
        () => expiring.stop(),
        () => sweeping.stop(),
        () => removing.stop(),
        () => hints.stop(),
        () => consumer.stop(),
        () => peers.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}

function startConsumer(
  { topicPrefix }: CloudToDeviceConfig,
  { kafka }: Outside,
  { identities, events }: CloudToDeviceParts,
): PatientConsumer {
  return startRegistryChangeConsumer({
    kafka,
    topic: registryChangesTopic(topicPrefix).name,
    groupId: `${topicPrefix}.cloud-to-device.registry-changes`,
    apply: (changes) => applyChanges(identities, changes),
    isRecordsFault: isDataException,
    events,
  });
}

/** Messages do without Kafka and Redis, of which the log tells; methods without PostgreSQL. */
function startProbes(
  { probeListen }: CloudToDeviceConfig,
  { database, connection }: Outside,
  metrics: Metrics,
): Promise<ProbeServer> {
  return ProbeServer.start({
    listen: probeListen,
    metrics,
    readyChecks: { postgres: () => database.ping(), registry: () => connection.check() },
  });
}

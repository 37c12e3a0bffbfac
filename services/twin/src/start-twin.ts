import {
  DeviceTwinsService,
  hubEventsTopic,
  registryChangesTopic,
  TwinQueriesService,
  TwinsService,
} from '@linchpin/contracts';
import { HubTurnsInterceptor, startGrpcServer } from '@linchpin/platform/grpc-server';
import type { PatientConsumer } from '@linchpin/platform/kafka';
import { RepeatedWork, stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics, type Registry as Metrics } from '@linchpin/platform/metrics';
import { OutboxRelay } from '@linchpin/platform/outbox';
import { isDataException } from '@linchpin/platform/postgres';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import type { TwinConfig } from './config.js';
import { applyReports } from './domain/connection-reports.js';
import { applyChanges } from './domain/registry-changes.js';
import { TwinEvents } from './events.js';
import { startCopyingHubs, startRemovingDeletedHubs } from './hub-work.js';
import { startConnectionReportConsumer } from './kafka/connection-report-consumer.js';
import { startRegistryChangeConsumer } from './kafka/registry-change-consumer.js';
import { openOutside, type Outside } from './outside.js';
import { composeTwin, TwinModule } from './twin.module.js';

const sweepPeriodMs = 1_000;
/** They share statements. */
const deviceCalls = [DeviceTwinsService.getProperties.path, DeviceTwinsService.patchReported.path];
/** They take turns of their own (`twin.module.ts`). */
const queries = [TwinQueriesService.runQuery.path];
/** Of each hub at once. */
const deviceCallsMax = 64;

/** Starts the whole process; its end is in the order of `stop`. */
export async function startTwin(config: TwinConfig, logger: Logger): Promise<RunningService> {
  const stopTracing = await startTracing('twin', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const metrics = createMetrics('twin');
  const events = new TwinEvents(logger, metrics);
  const relay = startRelay(config, outside, logger);
  const onEvent = (): void => {
    relay.wake();
  };
  const parts = composeTwin(config, outside, { events, onEvent });
  const consumers = startConsumers(config, outside, { ...parts, events });
  const copying = startCopyingHubs({ ...parts, events });
  const removing = startRemovingDeletedHubs({ ...parts, events });
  const sweep = RepeatedWork.start(() => parts.notifier.sweep(), sweepPeriodMs);
  const server = await startGrpcServer({
    module: TwinModule.of(parts),
    services: {
      'linchpin.twin.v1.Twins': TwinsService,
      'linchpin.twin.v1.DeviceTwins': DeviceTwinsService,
      'linchpin.twin.v1.TwinQueries': TwinQueriesService,
    },
    ...config.grpc,
    logger,
    metrics,
    interceptors: [
      HubTurnsInterceptor.ofConnections(config.postgresConnectionsMax, [
        ...deviceCalls,
        ...queries,
      ]),
      HubTurnsInterceptor.ofCalls(deviceCalls, deviceCallsMax),
    ],
  });
  const probes = await startProbes(config, outside, metrics);
  const checks = { registry: () => outside.connection.check() };
  const peers = watchPeers({ checks, logger });
  logger.info(config.grpc.listen, 'serving');
  return {
    stop: () => {
      probes.drain();
      return stopAll([
        () => server.close(),
        () => copying.stop(),
        () => removing.stop(),
        () => sweep.stop(),
        () => parts.notifier.stop(),
        () => stopAll(consumers.map((consumer) => () => consumer.stop())),
        () => relay.stop(),
        () => peers.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}

/** Tells others of the changes that were committed, by this process or by one that died. */
function startRelay(
  { postgres: { url, schema } }: TwinConfig,
  { producer }: Outside,
  logger: Logger,
): OutboxRelay {
  return OutboxRelay.start({ postgresUrl: url, schema, producer, logger });
}

function startConsumers(
  { topicPrefix }: TwinConfig,
  { kafka }: Outside,
  parts: ReturnType<typeof composeTwin> & { readonly events: TwinEvents },
): readonly PatientConsumer[] {
  const { events, identities } = parts;
  return [
    startRegistryChangeConsumer({
      kafka,
      topic: registryChangesTopic(topicPrefix).name,
      groupId: `${topicPrefix}.twin.registry-changes`,
      apply: async (changes) => {
        await applyChanges(parts, changes);
        events.registryChangesApplied(changes.length);
      },
      isRecordsFault: isDataException,
      events,
    }),
    startConnectionReportConsumer({
      kafka,
      topic: hubEventsTopic(topicPrefix).name,
      groupId: `${topicPrefix}.twin.connection-reports`,
      apply: (some) => applyReports({ ...parts, registry: identities }, some, new Date()),
      isRecordsFault: isDataException,
      events,
    }),
  ];
}

/**
 * Comes after the gRPC server, so that ready means that calls are answered. They do without Kafka and Redis, of
 * which the log tells: what they leave to be told waits in PostgreSQL.
 */
function startProbes(
  { probeListen }: TwinConfig,
  { database, connection }: Outside,
  metrics: Metrics,
): Promise<ProbeServer> {
  return ProbeServer.start({
    listen: probeListen,
    metrics,
    readyChecks: { postgres: () => database.ping(), registry: () => connection.check() },
  });
}

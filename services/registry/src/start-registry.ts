import {
  AuditLogService,
  BulkRegistryService,
  EdgeAccessService,
  CertificatesService,
  ConsumerGroupsService,
  HubAdministrationService,
  hubEventsTopic,
  IdentityPagesService,
  RecipientsService,
  RegistryService,
  UploadSettingsService,
} from '@linchpin/contracts';
import {
  ActorInterceptor,
  HubTurnsInterceptor,
  startGrpcServer,
} from '@linchpin/platform/grpc-server';
import { pingKafka } from '@linchpin/platform/kafka';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics, type Registry as Metrics } from '@linchpin/platform/metrics';
import { OutboxRelay } from '@linchpin/platform/outbox';
import { ProbeServer } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import { startAuditRetention } from './audit-retention.js';
import type { RegistryConfig } from './config.js';
import { registerDeviceGauges } from './device-gauges.js';
import { RegistryEvents } from './events.js';
import { ConnectionStateConsumer } from './kafka/connection-state-consumer.js';
import { openOutside, type Outside } from './outside.js';
import { PostgresConnectionStates } from './postgres/postgres-connection-states.js';
import { composeRegistry, RegistryModule } from './registry.module.js';
import { startFinishingHubs } from './unfinished-hubs.js';

/** Starts the whole process; its end is in the order of `stop`. */
export async function startRegistry(
  config: RegistryConfig,
  logger: Logger,
): Promise<RunningService> {
  const stopTracing = await startTracing('registry', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const metrics = createMetrics('registry');
  const events = new RegistryEvents(logger, metrics);
  const parts = composeRegistry(config, outside, events);
  registerDeviceGauges({ ...parts, metrics, clock: () => new Date() });
  const changes = startChangeRelay(config, outside, logger);
  const states = startConnectionStates(config, outside, events);
  const server = await startGrpcServer({
    module: RegistryModule.of(parts),
    services: {
      'linchpin.registry.v1.Registry': RegistryService,
      'linchpin.registry.v1.BulkRegistry': BulkRegistryService,
      'linchpin.registry.v1.EdgeAccess': EdgeAccessService,
      'linchpin.registry.v1.HubAdministration': HubAdministrationService,
      'linchpin.registry.v1.ConsumerGroups': ConsumerGroupsService,
      'linchpin.registry.v1.AuditLog': AuditLogService,
      'linchpin.registry.v1.Certificates': CertificatesService,
      'linchpin.registry.v1.IdentityPages': IdentityPagesService,
      'linchpin.registry.v1.Recipients': RecipientsService,
      'linchpin.registry.v1.UploadSettings': UploadSettingsService,
    },
    ...config.grpc,
    logger,
    metrics,
    interceptors: [
      new ActorInterceptor(),
      HubTurnsInterceptor.ofConnections(config.postgresConnectionsMax),
    ],
  });
  const unfinishedHubs = startFinishingHubs(parts);
  const auditRetention = startAuditRetention({ ...parts, days: config.auditRetentionDays });
  const probes = await startProbes(config, outside, metrics);
  logger.info(config.grpc.listen, 'serving');
  return {
    stop: () => {
      probes.drain();
      return stopAll([
        () => server.close(),
        () => unfinishedHubs.stop(),
        () => auditRetention.stop(),
        () => states.stop(),
        () => changes.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}

/** Tells others of the changes that were committed, by this process or by one that died. */
function startChangeRelay(
  { postgres: { url, schema } }: RegistryConfig,
  { producer }: Outside,
  logger: Logger,
): OutboxRelay {
  return OutboxRelay.start({ postgresUrl: url, schema, producer, logger });
}

function startConnectionStates(
  { topicPrefix }: RegistryConfig,
  { kafka, database }: Outside,
  events: RegistryEvents,
): ConnectionStateConsumer {
  return ConnectionStateConsumer.start({
    kafka,
    topic: hubEventsTopic(topicPrefix).name,
    groupId: `${topicPrefix}.registry.connection-states`,
    states: new PostgresConnectionStates(database.db),
    events,
  });
}

/** Comes after the gRPC server, so that ready means that calls are answered. */
function startProbes(
  { probeListen }: RegistryConfig,
  { database, kafka }: Outside,
  metrics: Metrics,
): Promise<ProbeServer> {
  return ProbeServer.start({
    listen: probeListen,
    metrics,
    readyChecks: { postgres: () => database.ping(), kafka: () => pingKafka(kafka) },
  });
}

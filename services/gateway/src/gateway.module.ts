import 'reflect-metadata';
import { Module, type DynamicModule, type INestMicroservice } from '@nestjs/common';
import { GatewayService, hubEventsTopic, registryChangesTopic } from '@linchpin/contracts';
import { startGrpcServer } from '@linchpin/platform/grpc-server';
import {
  BatchingProducer,
  checkTopics,
  createKafkaJs,
  pingKafka,
  type RecordConsumer,
} from '@linchpin/platform/kafka';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics, type Registry } from '@linchpin/platform/metrics';
import { ProbeServer } from '@linchpin/platform/probes';
import { openRedis, type Redis } from '@linchpin/platform/redis';
import { startTracing } from '@linchpin/platform/tracing';
import { GatewayPeers } from './clients/gateway-peers.js';
import { RegistryAuthenticator } from './clients/registry-client.js';
import type { GatewayConfig } from './config.js';
import { ConnectionTable } from './domain/connection-table.js';
import { cutOff, type RegistryChange } from './domain/cut-off.js';
import { FaultInjector } from './domain/fault-injection.js';
import { SessionOpener } from './domain/open-session.js';
import { ConnectionEventRelay } from './domain/relay-connection-events.js';
import { GatewayEvents } from './events.js';
import { GatewayController } from './grpc/gateway.controller.js';
import { KafkaConnectionEventLog } from './kafka/connection-event-log.js';
import { KafkaTelemetryLog } from './kafka/kafka-telemetry-log.js';
import { startRegistryChangeFeed } from './kafka/registry-change-feed.js';
import { Admission } from './mqtt/admission.js';
import { BackPressure } from './mqtt/back-pressure.js';
import { MqttListener } from './mqtt/mqtt-listener.js';
import type { MqttServices } from './mqtt/mqtt-services.js';
import { PartialPacketBudget } from './mqtt/partial-packet-budget.js';
import { WriteBatcher } from './mqtt/write-batcher.js';
import { RedisConnectionEventQueue } from './redis/connection-event-queue.js';
import { GatewayLease } from './redis/gateway-lease.js';
import { PresenceKeys } from './redis/presence-keys.js';
import { RedisFaultStore } from './redis/redis-fault-store.js';
import { RedisPresence } from './redis/redis-presence.js';

/** The downlink's part of the gateway that Nest serves. */
@Module({})
export class GatewayModule {
  static of(table: ConnectionTable): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [GatewayController],
      providers: [{ provide: ConnectionTable, useValue: table }],
    };
  }
}

/** What the gateway reaches out to. */
interface Outside {
  readonly events: GatewayEvents;
  readonly metrics: Registry;
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly producer: BatchingProducer;
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly authenticator: RegistryAuthenticator;
  readonly peers: GatewayPeers;
}

/**
 * Builds the gateway and starts it in an order in which nothing is promised too early: devices are
 * let in only when their telemetry can be stored, their place be taken, and a revocation be heard.
 */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<RunningService> {
  const stopTracing = startTracing('gateway', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const table = new ConnectionTable();
  const presence = new RedisPresence({ ...outside, gatewayId: config.gatewayId });
  const changes = await followChanges(config, outside, { table, presence });
  const lease = await GatewayLease.start({
    ...outside,
    gatewayId: config.gatewayId,
    address: config.grpc.advertise,
    logger,
    onForgotten: () => void reclaimAll(table, presence, logger),
  });
  const relay = startRelay(config, outside, logger);
  const downlink = await startDownlink(config, outside, table, logger);
  const listener = await startMqtt(config, outside, { table, presence });
  const probes = await startProbes(config, outside);
  logger.info({ gateway: config.gatewayId, listen: config.mqtt.listen }, 'serving');

  return {
    stop: () =>
      stopAll([
        () => {
          probes.drain();
          listener.stopAccepting();
          return listener.drain();
        },
        () => presence.settle(),
        () => lease.stop(),
        () => changes.stop(),
        () => downlink.close(),
        () => relay.stop(),
        () => outside.producer.close(),
        () => closeOutside(outside),
        () => probes.stop(),
        stopTracing,
      ]),
  };
}

async function openOutside(config: GatewayConfig, logger: Logger): Promise<Outside> {
  const { grpc, topicPrefix, pendingTelemetryBytesMax: pendingBytesMax } = config;
  const metrics = createMetrics('gateway');
  const events = new GatewayEvents(logger, metrics);
  const kafka = createKafkaJs(config.kafka, logger);
  await checkTopics(
    kafka,
    [registryChangesTopic(topicPrefix), hubEventsTopic(topicPrefix)],
    config.profile === 'dev' ? { replicationFactor: 1, minInsyncReplicas: 1 } : config.replication,
  );
  const redis = openRedis(config.redisUrl, logger);
  await redis.connect();
  return {
    events,
    metrics,
    kafka,
    producer: await BatchingProducer.start(config.kafka, events, { pendingBytesMax }),
    redis,
    keys: new PresenceKeys(`${topicPrefix}:`),
    authenticator: new RegistryAuthenticator(config.registryAddress, grpc.tls),
    peers: new GatewayPeers(grpc.tls, logger),
  };
}

interface Sessions {
  readonly table: ConnectionTable;
  readonly presence: RedisPresence;
}

function followChanges(
  { gatewayId, topicPrefix }: GatewayConfig,
  { kafka }: Outside,
  { table, presence }: Sessions,
): Promise<RecordConsumer> {
  const onChange = (change: RegistryChange): void => {
    cutOff(table, change);
    if (change.kind === 'identity-deleted') {
      const { hub, deviceId, moduleId, generationId } = change;
      void presence.settle().then(() => presence.forget(hub, { deviceId, moduleId }, generationId));
    }
  };
  const topic = registryChangesTopic(topicPrefix).name;
  return startRegistryChangeFeed({ kafka, topic, gatewayId, onChange });
}

/** After the gateway was taken for dead, or Redis lost its data. */
async function reclaimAll(
  table: ConnectionTable,
  presence: RedisPresence,
  logger: Logger,
): Promise<void> {
  logger.warn({ connections: table.size }, 'presence forgot this gateway; taking its devices back');
  for (const { connection, identity, grant } of table.all()) {
    if (grant !== undefined) {
      const { hub, generationId } = grant;
      const held = { hub, identity, generationId, connectionId: connection.id };
      if (!(await presence.reclaim(held))) {
        void connection.end('takeover');
      }
    }
  }
}

function startRelay(
  { gatewayId, topicPrefix }: GatewayConfig,
  { redis, keys, producer }: Outside,
  logger: Logger,
): ConnectionEventRelay {
  return new ConnectionEventRelay(
    new RedisConnectionEventQueue(redis, keys, gatewayId),
    new KafkaConnectionEventLog(producer, hubEventsTopic(topicPrefix).name),
    (error) => {
      logger.warn({ err: error }, 'connection-state events wait');
    },
  );
}

function startDownlink(
  { grpc: { listen, tls } }: GatewayConfig,
  { metrics }: Outside,
  table: ConnectionTable,
  logger: Logger,
): Promise<INestMicroservice> {
  return startGrpcServer({
    module: GatewayModule.of(table),
    services: { 'linchpin.gateway.v1.Gateway': GatewayService },
    listen,
    tls,
    logger,
    metrics,
  });
}

function startMqtt(
  { gatewayId, mqtt, faultInjection }: GatewayConfig,
  { authenticator, peers, producer, events, redis, keys }: Outside,
  { table, presence }: Sessions,
): Promise<MqttListener> {
  const telemetryLog = new KafkaTelemetryLog(producer);
  const faults = faultInjection
    ? new FaultInjector(new RedisFaultStore(redis, keys.prefix))
    : undefined;
  const services: MqttServices = {
    opener: new SessionOpener({ gatewayId, authenticator, presence, peers, table, faults }),
    presence,
    table,
    telemetryLog,
    events,
    limits: mqtt.limits,
    backPressure: new BackPressure(telemetryLog),
    partialPackets: new PartialPacketBudget(mqtt.partialPacketBytesMax),
    writes: new WriteBatcher(),
    faults,
  };
  return MqttListener.start({ ...mqtt, admission: new Admission(mqtt.admission), services });
}

function startProbes(
  { probeListen }: GatewayConfig,
  { metrics, redis, kafka, authenticator }: Outside,
): Promise<ProbeServer> {
  return ProbeServer.start({
    listen: probeListen,
    metrics,
    readyChecks: {
      redis: async () => {
        await redis.ping();
      },
      kafka: () => pingKafka(kafka),
      registry: () => authenticator.ping(),
    },
  });
}

function closeOutside({ redis, authenticator, peers }: Outside): Promise<unknown> {
  authenticator.close();
  peers.close();
  return redis.quit();
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  DownlinkService,
  GatewayService,
  hubEventsTopic,
  registryChangesTopic,
} from '@linchpin/contracts';
import { startGrpcServer } from '@linchpin/platform/grpc-server';
import { pingKafka, type RecordConsumer } from '@linchpin/platform/kafka';
import { RepeatedWork, stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import { ApiConnections } from './clients/api-connections.js';
import type { GatewayConfig } from './config.js';
import { cutOff, type EndingChange } from './domain/cut-off.js';
import { HubWalks } from './domain/hub-walks.js';
import { reconcileHolds } from './domain/reconcile-holds.js';
import { ConnectionEventRelay } from './domain/relay-connection-events.js';
import type { GatewayEvents } from './events.js';
import { composeGateway, GatewayModule, type GatewayParts } from './gateway.module.js';
import { KafkaConnectionEventLog } from './kafka/kafka-connection-event-log.js';
import { startRegistryChangeFeed } from './kafka/registry-change-feed.js';
import { Admission } from './sockets/admission.js';
import { amqpOpener, startAmqpListener } from './amqp/amqp-listener.js';
import { headerBytesMax, HttpListener } from './http/http-listener.js';
import { PassThrough } from './http/pass-through.js';
import { mqttOpener, startMqttListener } from './mqtt/mqtt-listener.js';
import { openOutside, type Outside } from './outside.js';
import { DeletedHubs } from './redis/deleted-hubs.js';
import { RedisConnectionEventQueue } from './redis/redis-connection-event-queue.js';
import { GatewayLease } from './redis/gateway-lease.js';

/** As long as a stop waits for Redis; what is still held then, other gateways end. */
const settleMs = 5_000;

/** Of one service: a direct method waits for its device up to 300 s. */
const callsPerConnectionMax = 20_000;

/** Between two looks for deleted hubs. What is kept of one takes room, and nothing waits for its end. */
const forgetPeriodMs = 30_000;

/** Between two tellings who reads: so long a reader whose end was lost on the way may hold its place. */
const keepReadersPeriodMs = 20_000;

/**
 * Starts the gateway in an order in which nothing is promised too early: devices are let in only when
 * their telemetry can be stored, their place be taken, and a revocation be heard.
 */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<RunningService> {
  const stopTracing = await startTracing('gateway', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const parts = composeGateway(config, outside);
  const changes = await followChanges(config, outside, parts);
  const lease = await startLease(config, outside, parts, logger);
  const relay = startRelay(config, outside);
  const deletedHubs = startForgettingHubs(config, outside);
  const readers = startKeepingReaders(parts, outside);
  const downlink = await startGrpcServer({
    module: GatewayModule.of(parts.table, parts.readers),
    services: {
      'linchpin.gateway.v1.Gateway': GatewayService,
      'linchpin.gateway.v1.Downlink': DownlinkService,
    },
    callsPerConnectionMax,
    ...config.grpc,
    logger,
    metrics: outside.metrics,
  });
  const listeners = await startListeners(config, outside, parts);
  const probes = await startProbes(config, outside);
  const peers = watchPeers({
    checks: {
      twin: () => outside.twins.check(),
      'cloud-to-device': () => outside.messages.check(),
      'file-upload': () => outside.fileUpload.check(),
    },
    logger,
  });
  const { gatewayId: gateway, mqtt, amqpListen, https } = config;
  logger.info(
    { gateway, listen: mqtt.listen, amqpListen, httpsListen: https?.listen ?? [] },
    'serving',
  );
  return {
    stop: () => {
      probes.drain();
      for (const listener of listeners) {
        listener.stopAccepting();
      }
      // What was read already is stored and acknowledged, over a limit or not.
      parts.limiters.end();
      return stopAll([
        () => Promise.all(listeners.map((listener) => listener.drain())),
        () => outside.budgets.stop(),
        () => Promise.race([parts.presence.settle(), delay(settleMs)]),
        () => lease.stop(),
        () => changes.stop(),
        () => downlink.close(),
        () => relay.stop(),
        () => deletedHubs.stop(),
        () => readers.stop(),
        () => peers.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}

function followChanges(
  { gatewayId, topicPrefix }: GatewayConfig,
  { kafka, events }: Outside,
  parts: GatewayParts,
): Promise<RecordConsumer> {
  const walks = new HubWalks(parts.table);
  return startRegistryChangeFeed({
    kafka,
    topic: registryChangesTopic(topicPrefix).name,
    gatewayId,
    onChange: (change) => {
      void applyChange(change, { ...parts, walks }, events);
    },
    onUnreadable: (error) => {
      events.changeUnreadable(error);
    },
  });
}

/** What was deleted is forgotten once its connections have ended; nothing of theirs, wills included, is stored. */
async function applyChange(
  change: EndingChange,
  { table, presence, limiters, walks }: GatewayParts & { readonly walks: HubWalks },
  events: GatewayEvents,
): Promise<void> {
  if (change.kind === 'hubDeleted') {
    limiters.remove(change);
  }
  const ended = change.kind === 'hubUpdated' ? walks.cutOff(change) : cutOff(table, change);
  if (change.kind === 'identityDeleted') {
    const { hub, deviceId, moduleId, generationId } = change;
    await ended;
    await presence.forget(hub, { deviceId, moduleId }, generationId);
  } else if (change.kind === 'hubUpdated') {
    limiters.update(change, change.limits);
  } else if (change.kind === 'hubDeleted') {
    await ended;
    events.hubDeleted(change.hub);
    await presence.forgetHub(change);
  }
}

function startForgettingHubs(
  { gatewayId }: GatewayConfig,
  { redis, keys, events }: Outside,
): RepeatedWork {
  const deletedHubs = new DeletedHubs(redis, keys, gatewayId);
  return RepeatedWork.start(
    (signal) =>
      deletedHubs.forget(signal).then(
        () => {
          events.deletedHubsForgotten();
        },
        (error: unknown) => {
          events.deletedHubsWait(error);
        },
      ),
    forgetPeriodMs,
  );
}

function startKeepingReaders({ readers }: GatewayParts, { events }: Outside): RepeatedWork {
  return RepeatedWork.start(
    () =>
      readers.keep().then(
        () => {
          events.readersHeard();
        },
        (error: unknown) => {
          events.readersUnheard(error);
        },
      ),
    keepReadersPeriodMs,
  );
}

function startLease(
  { gatewayId, grpc }: GatewayConfig,
  { redis, keys }: Outside,
  { table, presence }: GatewayParts,
  logger: Logger,
): Promise<GatewayLease> {
  return GatewayLease.start({
    redis,
    keys,
    gatewayId,
    address: grpc.advertise,
    logger,
    reconcile: () => reconcileHolds(table, presence),
  });
}

function startRelay(
  { gatewayId, topicPrefix }: GatewayConfig,
  { redis, keys, producer, events }: Outside,
): ConnectionEventRelay {
  return new ConnectionEventRelay(
    new RedisConnectionEventQueue(redis, keys, gatewayId),
    new KafkaConnectionEventLog(producer, hubEventsTopic(topicPrefix).name),
    (error) => {
      events.relayWaits(error);
    },
    () => {
      events.relayWorks();
    },
  );
}

/** Of whatever is spoken. */
interface Listener {
  stopAccepting(): void;
  /** Ends all connections in good order. */
  drain(): Promise<void>;
}

/** They share the places for connections. */
async function startListeners(
  config: GatewayConfig,
  outside: Outside,
  parts: GatewayParts,
): Promise<readonly Listener[]> {
  const { mqtt, amqpListen } = config;
  const { certificates } = outside;
  const admission = new Admission(mqtt.admission);
  const shared = { ...mqtt, certificates, admission };
  const https = await startHttpListener(config, outside, parts, admission);
  const amqp =
    amqpListen.length === 0
      ? []
      : [await startAmqpListener({ ...shared, listen: amqpListen, services: parts.amqp })];
  return [...https, ...amqp, await startMqttListener({ ...shared, services: parts.mqtt })];
}

async function startHttpListener(
  { mqtt, https }: GatewayConfig,
  { certificates, events, httpConnectionEvents }: Outside,
  parts: GatewayParts,
  admission: Admission,
): Promise<readonly Listener[]> {
  if (https === undefined) {
    return [];
  }
  const { listen, limits, api } = https;
  const listener = await HttpListener.start({
    ...mqtt,
    ...{ listen, limits, certificates, admission, events: httpConnectionEvents },
    deviceCalls: parts.deviceCalls,
    passThrough: new PassThrough({ api: new ApiConnections(api), headerBytesMax, events }),
    openers: { mqtt: mqttOpener(parts.mqtt), amqp: amqpOpener(parts.amqp) },
    onTurnedAway: (remoteAddress, reason) => {
      events.turnedAway(remoteAddress, reason);
    },
  });
  return [listener];
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
      registry: () => authenticator.check(),
    },
  });
}

import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultLimits } from '@linchpin/amqp';
import { HoldingSpace, NamedRooms } from '@linchpin/fairness';
import { Module, type DynamicModule } from '@nestjs/common';
import type { AmqpServices } from './amqp/amqp-services.js';
import { EventHubs } from './amqp/event-hub.js';
import type { EventServices } from './amqp/event-services.js';
import { saslMechanisms } from './amqp/sasl.js';
import { GrpcFeedback } from './clients/grpc-feedback.js';
import { GrpcFileNotifications } from './clients/grpc-file-notifications.js';
import { GrpcFileUploads } from './clients/grpc-file-uploads.js';
import { GrpcSentMessages } from './clients/grpc-sent-messages.js';
import type { GatewayConfig } from './config.js';
import { ConnectionTable } from './domain/connection-table.js';
import { EventReaders } from './domain/event-readers.js';
import { FaultInjector } from './domain/fault-injection.js';
import { HubLimiters } from './domain/hub-limiters.js';
import { ServiceOpener } from './domain/open-service.js';
import { SessionOpener } from './domain/open-session.js';
import { PacedDeviceMessages } from './domain/paced-device-messages.js';
import { ServiceboundFeeds } from './domain/servicebound-feed.js';
import { DownlinkController } from './grpc/downlink.controller.js';
import { GatewayController } from './grpc/gateway.controller.js';
import { DeviceCalls } from './http/device-calls.js';
import { KafkaEventLog } from './kafka/kafka-event-log.js';
import { KafkaTelemetryLog } from './kafka/kafka-telemetry-log.js';
import type { MqttServices } from './mqtt/mqtt-services.js';
import { WriteBatcher } from './sockets/write-batcher.js';
import type { Outside } from './outside.js';
import { RedisFaultStore } from './redis/redis-fault-store.js';
import { RedisPresence } from './redis/redis-presence.js';
import { RedisReaderClaims } from './redis/redis-reader-claims.js';

/** What Nest serves of the gateway: rpcs of services and of other gateways. */
@Module({})
export class GatewayModule {
  static of(table: ConnectionTable, readers: EventReaders): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [GatewayController, DownlinkController],
      providers: [
        { provide: ConnectionTable, useValue: table },
        { provide: EventReaders, useValue: readers },
      ],
    };
  }
}

export interface GatewayParts {
  readonly table: ConnectionTable;
  readonly presence: RedisPresence;
  readonly limiters: HubLimiters;
  readonly readers: EventReaders;
  readonly mqtt: MqttServices;
  readonly amqp: AmqpServices;
  readonly deviceCalls: DeviceCalls;
}

/** Telemetry that waits is refused above so many times what makes the gateway read no further. */
const overfullFactor = 2;
/** Of the memory for packets that come in pieces, what those may have who showed no credential yet. */
const unauthenticatedShare = 0.25;

/** As Azure's brokers have it (amqp.md section 3). */
const withoutLinksMs = 300_000;

/**
 * Between two looks for feedback while none waits. What comes meanwhile is due after 15 s at the earliest, or when 64
 * records have gathered: so it is found before it is late.
 */
const feedbackIdlePauseMs = 5_000;
/** The same for file notifications, which are due at once: so long one may wait for a back end that waits for it. */
const fileNotificationsIdlePauseMs = 2_000;

/** Where the domain meets protocols and engines. */
export function composeGateway(config: GatewayConfig, outside: Outside): GatewayParts {
  const { gatewayId, mqtt, pendingTelemetryBytesMax } = config;
  const { authenticator, twins, messages, fileUpload, peers, producer } = outside;
  const { events, callEvents, redis, keys, budgets } = outside;
  const table = new ConnectionTable();
  const onRetry = (error: unknown): void => {
    events.presenceWaits(error);
  };
  const onRetried = (): void => {
    events.presenceTaken();
  };
  const presence = new RedisPresence({ redis, keys, gatewayId, onRetry, onRetried });
  const faults = config.faultInjection
    ? new FaultInjector(new RedisFaultStore(redis, keys.prefix))
    : undefined;
  const limiters = new HubLimiters({
    budgets,
    now: () => new Date(),
    space: new HoldingSpace(pendingTelemetryBytesMax),
  });
  const shared = {
    opener: new SessionOpener({
      ...{ gatewayId, authenticator, presence, peers, table, limiters, faults },
    }),
    presence,
    telemetryLog: new KafkaTelemetryLog(producer, overfullFactor * pendingTelemetryBytesMax),
    twins,
    messages: new PacedDeviceMessages(messages, () => performance.now()),
    events,
    partialInput: {
      unauthenticated: new NamedRooms(unauthenticatedShare * mqtt.partialPacketBytesMax),
      connected: new NamedRooms((1 - unauthenticatedShare) * mqtt.partialPacketBytesMax),
    },
    exchanges: new NamedRooms(mqtt.exchangeBytesMax),
    writes: new WriteBatcher(),
  };
  const reading = composeReading(config, outside);
  return {
    ...{ table, presence, limiters, readers: reading.readers },
    mqtt: {
      ...shared,
      limits: mqtt.limits,
      wills: new NamedRooms(mqtt.willBytesMax),
      faults,
    },
    amqp: {
      ...shared,
      ...composeBackEnds(outside, table, limiters),
      reading,
      settings: {
        ...defaultLimits,
        // As Azure has them (amqp.md section 3).
        containerId: `DeviceGateway_${randomBytes(16).toString('hex')}`,
        hostname: 'localhost',
        saslMechanisms,
      },
      limits: {
        provenMs: mqtt.limits.connectArrivalMs,
        withoutLinksMs,
        pendingMessagesMax: mqtt.limits.pendingPublishesMax,
      },
    },
    deviceCalls: new DeviceCalls({
      ...shared,
      ...{ table, limiters, callEvents },
      uploads: new GrpcFileUploads(fileUpload.uploads),
      bodies: shared.partialInput.connected,
    }),
  };
}

/** What only back ends' links need. */
function composeBackEnds(
  { authenticator, backEnds, fileUpload, events, serviceEvents }: Outside,
  { accesses }: ConnectionTable,
  limiters: HubLimiters,
): Pick<
  AmqpServices,
  'serviceOpener' | 'serviceEvents' | 'feedback' | 'fileNotifications' | 'sentMessages'
> {
  const clocks = { nowMs: () => performance.now(), pause: pauseUntil };
  return {
    serviceOpener: new ServiceOpener({ policyTokens: authenticator, accesses, limiters }),
    serviceEvents,
    feedback: new ServiceboundFeeds({
      ...clocks,
      queue: new GrpcFeedback(backEnds.feedback),
      idlePauseMs: feedbackIdlePauseMs,
      onFailed: (error) => {
        events.feedbackWaits(error);
      },
      onAnswered: () => {
        events.feedbackFlows();
      },
    }),
    fileNotifications: new ServiceboundFeeds({
      ...clocks,
      queue: new GrpcFileNotifications(fileUpload.notifications),
      idlePauseMs: fileNotificationsIdlePauseMs,
      onFailed: (error) => {
        events.fileNotificationsWait(error);
      },
      onAnswered: () => {
        events.fileNotificationsFlow();
      },
    }),
    sentMessages: new GrpcSentMessages(backEnds.messages),
  };
}

/** At most so long. */
async function pauseUntil(ms: number, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? { ref: false } : { ref: false, signal };
  await delay(ms, undefined, options).catch(() => undefined);
}

/** What only readers of the built-in endpoint need. */
function composeReading(
  { gatewayId, amqpPublicPort, readAheadBytesMax }: GatewayConfig,
  { redis, keys, peers, partitionReaders, consumerGroups }: Outside,
): EventServices {
  const log = new KafkaEventLog(partitionReaders);
  const claims = new RedisReaderClaims(redis, keys, gatewayId);
  return {
    eventHubs: new EventHubs({ log, consumerGroups }),
    log,
    readers: new EventReaders({ gatewayId, claims, peers }),
    readAhead: new NamedRooms(readAheadBytesMax),
    publicPort: amqpPublicPort,
  };
}

import { hubEventsTopic, registryChangesTopic } from '@linchpin/contracts';
import { processClock, RedisBudgetStore, SharedBudgets } from '@linchpin/platform/budgets';
import { HttpConnectionEvents } from '@linchpin/platform/http-server';
import { checkTopics, createKafkaJs, pingKafka } from '@linchpin/platform/kafka';
import { BatchingProducer, PartitionReaders } from '@linchpin/platform/kafka-partitions';
import { requireAnswer, stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics, type Registry as Metrics } from '@linchpin/platform/metrics';
import { closeRedis, openRedis, type Redis } from '@linchpin/platform/redis';
import { ServerCertificates } from '@linchpin/platform/tls';
import { PresenceKeys } from '@linchpin/presence';
import { GatewayPeers } from './clients/gateway-peers.js';
import { GrpcConsumerGroups } from './clients/grpc-consumer-groups.js';
import { GrpcDeviceMessages } from './clients/grpc-device-messages.js';
import { connectFileUpload, type FileUploadConnection } from './clients/file-upload-connection.js';
import { connectForBackEnds, type BackEndConnection } from './clients/back-end-connection.js';
import { GrpcDeviceTwins } from './clients/grpc-device-twins.js';
import { RegistryAuthenticator } from './clients/registry-authenticator.js';
import type { GatewayConfig } from './config.js';
import { DeviceCallEvents } from './device-call-events.js';
import { GatewayEvents } from './events.js';
import { addPendingTelemetryMetric } from './gateway-metrics.js';
import { ServiceLinkEvents } from './service-link-events.js';

/** What the gateway reaches out to. */
export interface Outside extends Services {
  readonly metrics: Metrics;
  readonly events: GatewayEvents;
  readonly serviceEvents: ServiceLinkEvents;
  readonly httpConnectionEvents: HttpConnectionEvents;
  readonly callEvents: DeviceCallEvents;
  readonly certificates: ServerCertificates;
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly producer: BatchingProducer;
  readonly partitionReaders: PartitionReaders;
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly budgets: SharedBudgets;
  readonly peers: GatewayPeers;
  close(): Promise<void>;
}

interface Services {
  readonly authenticator: RegistryAuthenticator;
  readonly consumerGroups: GrpcConsumerGroups;
  readonly twins: GrpcDeviceTwins;
  readonly messages: GrpcDeviceMessages;
  readonly backEnds: BackEndConnection;
  readonly fileUpload: FileUploadConnection;
}

/**
 * Opens everything and checks what the gateway's promises rest on: certificates that can be served,
 * topics that keep what they acknowledge.
 *
 * @throws Error that says what is missing
 */
export async function openOutside(config: GatewayConfig, logger: Logger): Promise<Outside> {
  const { grpc, topicPrefix, pendingTelemetryBytesMax: pendingBytesMax } = config;
  const certificates = new ServerCertificates({ ...config.mqtt.tls, logger });
  const metrics = createMetrics('gateway');
  const events = new GatewayEvents(logger, metrics);
  const serviceEvents = new ServiceLinkEvents(logger, metrics);
  const callEvents = new DeviceCallEvents(logger, metrics);
  const kafka = createKafkaJs(config.kafka, logger);
  const topics = [registryChangesTopic(topicPrefix), hubEventsTopic(topicPrefix)];
  await requireAnswer('Kafka', 'LINCHPIN_KAFKA_BROKERS', () => pingKafka(kafka));
  await checkTopics(kafka, topics, config.replication);
  const redis = openRedis(config.redisUrl, logger);
  await requireAnswer('Redis', 'LINCHPIN_REDIS_URL', () => redis.connect());
  const producer = await BatchingProducer.start(config.kafka, events, { pendingBytesMax });
  addPendingTelemetryMetric(metrics, () => producer.pendingBytes);
  const partitionReaders = PartitionReaders.start(config.kafka, events);
  const keys = new PresenceKeys(`${topicPrefix}:`);
  const store = new RedisBudgetStore(redis, keys.prefix);
  const budgets = new SharedBudgets({
    store,
    process: config.gatewayId,
    clock: processClock,
    onFailure: (error) => {
      events.limitsApart(error);
    },
    onRecovery: () => {
      events.limitsShared();
    },
  });
  budgets.addMetrics(metrics);
  const services = connectServices(config);
  const peers = new GatewayPeers(grpc.tls, logger);
  return {
    metrics,
    events,
    serviceEvents,
    httpConnectionEvents: new HttpConnectionEvents(logger, metrics),
    callEvents,
    certificates,
    kafka,
    producer,
    partitionReaders,
    redis,
    keys,
    budgets,
    ...services,
    peers,
    close: async () => {
      certificates.close();
      services.authenticator.close();
      services.consumerGroups.close();
      services.twins.close();
      services.messages.close();
      services.backEnds.close();
      services.fileUpload.close();
      peers.close();
      await stopAll([
        () => producer.close(),
        () => partitionReaders.close(),
        () => closeRedis(redis),
      ]);
    },
  };
}

function connectServices(config: GatewayConfig): Services {
  const { tls } = config.grpc;
  const cloudToDevice = { address: config.cloudToDeviceAddress, tls };
  return {
    authenticator: new RegistryAuthenticator(config.registryAddress, tls),
    consumerGroups: new GrpcConsumerGroups(config.registryAddress, tls),
    twins: new GrpcDeviceTwins({ address: config.twinAddress, tls }),
    messages: new GrpcDeviceMessages(cloudToDevice),
    backEnds: connectForBackEnds(cloudToDevice),
    fileUpload: connectFileUpload({ address: config.fileUploadAddress, tls }),
  };
}

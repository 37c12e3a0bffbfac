import { DownlinkClient, streamedRpcs } from '@linchpin/contracts';
import { ClientsByAddress } from '@linchpin/platform/grpc';
import { createKafkaJs, pingKafka } from '@linchpin/platform/kafka';
import { requireAnswer, stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { checkMigrated, openDatabase, type Database } from '@linchpin/platform/postgres';
import { closeRedis, openRedis, type Redis } from '@linchpin/platform/redis';
import { PresenceKeys } from '@linchpin/presence';
import { connectRegistry, type RegistryConnection } from './clients/registry-connection.js';
import type { CloudToDeviceConfig } from './config.js';
import { migrationsFolder } from './migrations-folder.js';
import type { CloudToDeviceTables } from './postgres/schema.js';

/** Its transactions wait for nothing but PostgreSQL. */
const transactionIdleMsMax = 5_000;

/** What cloud-to-device reaches out to. */
export interface Outside {
  readonly database: Database<CloudToDeviceTables>;
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly redis: Redis;
  /** Listens, and does nothing else. */
  readonly subscriber: Redis;
  readonly keys: PresenceKeys;
  readonly connection: RegistryConnection;
  readonly gateways: ClientsByAddress<DownlinkClient>;
  close(): Promise<void>;
}

/**
 * Opens everything, and checks that PostgreSQL, Kafka and Redis answer and that the tables are of this version.
 *
 * @throws Error that says what is missing
 */
export async function openOutside(config: CloudToDeviceConfig, logger: Logger): Promise<Outside> {
  const { postgres, postgresConnectionsMax: connectionsMax } = config;
  const database = openDatabase<CloudToDeviceTables>({
    ...postgres,
    connectionsMax,
    transactionIdleMsMax,
    logger,
  });
  const kafka = createKafkaJs(config.kafka, logger);
  const redis = openRedis(config.redisUrl, logger);
  const subscriber = openRedis(config.redisUrl, logger);
  try {
    await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
    await requireAnswer('Kafka', 'LINCHPIN_KAFKA_BROKERS', () => pingKafka(kafka));
    await requireAnswer('Redis', 'LINCHPIN_REDIS_URL', async () => {
      await Promise.all([redis.connect(), subscriber.connect()]);
    });
    await checkMigrated(database.db, postgres.schema, migrationsFolder);
  } catch (error) {
    redis.disconnect();
    subscriber.disconnect();
    await database.close();
    throw error;
  }
  const connection = connectRegistry(config.registry);
  const gateways = new ClientsByAddress(DownlinkClient, {
    tls: config.grpc.tls,
    streamed: streamedRpcs,
  });
  return {
    database,
    kafka,
    redis,
    subscriber,
    keys: new PresenceKeys(`${config.topicPrefix}:`),
    connection,
    gateways,
    close: () =>
      stopAll([
        () => {
          gateways.close();
          connection.close();
          subscriber.disconnect();
        },
        () => closeRedis(redis),
        () => database.close(),
      ]),
  };
}

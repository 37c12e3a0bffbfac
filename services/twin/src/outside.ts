import { DownlinkClient, streamedRpcs } from '@linchpin/contracts';
import { ClientsByAddress } from '@linchpin/platform/grpc';
import { createKafkaJs, KafkaJsProducer, pingKafka } from '@linchpin/platform/kafka';
import { requireAnswer, stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { checkMigrated, openDatabase, type Database } from '@linchpin/platform/postgres';
import { closeRedis, openRedis, type Redis } from '@linchpin/platform/redis';
import { connectRegistry, type RegistryConnection } from './clients/registry-connection.js';
import type { TwinConfig } from './config.js';
import { migrationsFolder } from './migrations-folder.js';
import { queryTimeoutMs } from './postgres/postgres-twin-queries.js';
import type { TwinTables } from './postgres/schema.js';

/** What the twin service reaches out to. */
export interface Outside {
  readonly database: Database<TwinTables>;
  /** For queries: what takes long keeps nobody else waiting. */
  readonly queryDatabase: Database<TwinTables>;
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly producer: KafkaJsProducer;
  readonly connection: RegistryConnection;
  readonly redis: Redis;
  readonly gateways: ClientsByAddress<DownlinkClient>;
  close(): Promise<void>;
}

/**
 * Opens everything, and checks that PostgreSQL, Kafka and Redis answer and that the tables are of this version.
 *
 * @throws Error that says what is missing
 */
export async function openOutside(config: TwinConfig, logger: Logger): Promise<Outside> {
  const { postgres, postgresConnectionsMax: connectionsMax } = config;
  const database = openDatabase<TwinTables>({ ...postgres, connectionsMax, logger });
  const queryDatabase = openDatabase<TwinTables>({
    ...postgres,
    connectionsMax: config.queryConnectionsMax,
    statementTimeoutMs: queryTimeoutMs,
    logger,
  });
  const kafka = createKafkaJs(config.kafka, logger);
  const redis = openRedis(config.redisUrl, logger);
  try {
    await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
    await requireAnswer('Kafka', 'LINCHPIN_KAFKA_BROKERS', () => pingKafka(kafka));
    await requireAnswer('Redis', 'LINCHPIN_REDIS_URL', () => redis.connect());
    await checkMigrated(database.db, postgres.schema, migrationsFolder);
    const producer = await KafkaJsProducer.start(kafka);
    const connection = connectRegistry(config.registry);
    const gateways = new ClientsByAddress(DownlinkClient, {
      tls: config.grpc.tls,
      streamed: streamedRpcs,
    });
    return {
      database,
      queryDatabase,
      kafka,
      producer,
      connection,
      redis,
      gateways,
      close: () =>
        stopAll([
          () => producer.close(),
          () => database.close(),
          () => queryDatabase.close(),
          () => {
            connection.close();
            gateways.close();
          },
          () => closeRedis(redis),
        ]),
    };
  } catch (error) {
    redis.disconnect();
    await database.close();
    await queryDatabase.close();
    throw error;
  }
}

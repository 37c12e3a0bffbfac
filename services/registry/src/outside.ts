import { registryChangesTopic } from '@linchpin/contracts';
import { checkTopics, createKafkaJs, KafkaJsProducer } from '@linchpin/platform/kafka';
import { stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { checkMigrated, openDatabase, type Database } from '@linchpin/platform/postgres';
import { KeyCipher } from '@linchpin/platform/sealing';
import type { RegistryConfig } from './config.js';
import { migrationsFolder } from './migrations-folder.js';
import { checkMasterKeys } from './postgres/check-master-keys.js';
import type { RegistryTables } from './postgres/schema.js';
import { requireAnswers } from './require-answers.js';

/** What the registry reaches out to. */
export interface Outside extends Engines {
  readonly producer: KafkaJsProducer;
  close(): Promise<void>;
}

interface Engines {
  readonly cipher: KeyCipher;
  readonly database: Database<RegistryTables>;
  /** A few connections apart, for work that holds one for long. */
  readonly turns: Database<RegistryTables>;
  readonly kafka: ReturnType<typeof createKafkaJs>;
}

const turnConnectionsMax = 4;

/** Kafka may take this long for a topic while another process waits for its turn. */
const turnTimeoutMs = 60_000;

/**
 * Opens everything, and checks what the registry's promises rest on: tables of this version, master
 * keys that open what is stored, a topic for changes that keeps what it acknowledges.
 *
 * @throws Error that says what is missing
 */
export async function openOutside(config: RegistryConfig, logger: Logger): Promise<Outside> {
  const ours = { ...config.postgres, logger };
  const connectionsMax = config.postgresConnectionsMax;
  const ofTurns = { connectionsMax: turnConnectionsMax, statementTimeoutMs: turnTimeoutMs };
  const engines: Engines = {
    cipher: new KeyCipher(config.masterKeys),
    database: openDatabase({ ...ours, connectionsMax }),
    turns: openDatabase({ ...ours, ...ofTurns }),
    kafka: createKafkaJs(config.kafka, logger),
  };
  const closeDatabases = [() => engines.turns.close(), () => engines.database.close()];
  try {
    await checkEngines(config, engines);
    const producer = await KafkaJsProducer.start(engines.kafka);
    return {
      ...engines,
      producer,
      close: () => stopAll([() => producer.close(), ...closeDatabases]),
    };
  } catch (error) {
    await stopAll(closeDatabases);
    throw error;
  }
}

async function checkEngines(
  { postgres, topicPrefix, replication }: RegistryConfig,
  { database, cipher, kafka }: Engines,
): Promise<void> {
  await requireAnswers({ database, kafka });
  await checkMigrated(database.db, postgres.schema, migrationsFolder);
  await checkMasterKeys(database.db, cipher);
  await checkTopics(kafka, [registryChangesTopic(topicPrefix)], replication);
}

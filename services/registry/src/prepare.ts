/** Brings the registry's tables and its topic up to date; run once before a new version starts. */
import { registryChangesTopic } from '@linchpin/contracts';
import { loadOrExit } from '@linchpin/platform/config';
import { createKafkaJs, ensureTopics } from '@linchpin/platform/kafka';
import { runTask } from '@linchpin/platform/lifecycle';
import { forMigrations, migrate, openDatabase } from '@linchpin/platform/postgres';
import { loadPrepareConfig } from './config.js';
import { createRegistryLogger } from './logger.js';
import { migrationsFolder } from './migrations-folder.js';
import { requireAnswers } from './require-answers.js';

const { postgres, kafka, topicPrefix, replication, logLevel } = loadOrExit(loadPrepareConfig);
const logger = createRegistryLogger(logLevel);

await runTask(logger, async () => {
  const database = openDatabase({ ...postgres, ...forMigrations, logger });
  const client = createKafkaJs(kafka, logger);
  await requireAnswers({ database, kafka: client });
  const migrations = await migrate(database.db, postgres.schema, migrationsFolder);
  await database.close();
  const topic = registryChangesTopic(topicPrefix);
  await ensureTopics(client, [topic], replication);
  logger.info({ migrations, topic: topic.name }, 'prepared');
});

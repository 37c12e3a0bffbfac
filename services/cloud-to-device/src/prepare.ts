/** Brings the tables of this service up to date; run once before a new version starts. */
import { loadOrExit } from '@linchpin/platform/config';
import { requireAnswer, runTask } from '@linchpin/platform/lifecycle';
import { forMigrations, migrate, openDatabase } from '@linchpin/platform/postgres';
import { loadPrepareConfig } from './config.js';
import { createCloudToDeviceLogger } from './logger.js';
import { migrationsFolder } from './migrations-folder.js';

const { postgres, logLevel } = loadOrExit(loadPrepareConfig);
const logger = createCloudToDeviceLogger(logLevel);

await runTask(logger, async () => {
  const database = openDatabase({ ...postgres, ...forMigrations, logger });
  await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
  const migrations = await migrate(database.db, postgres.schema, migrationsFolder);
  await database.close();
  logger.info({ migrations }, 'prepared');
});

/**
 * Seals every stored key anew under the first of LINCHPIN_MASTER_KEYS, so that the others can be taken
 * away. To be run once all processes have the new list; the README has the steps.
 */
import { loadOrExit } from '@linchpin/platform/config';
import { requireAnswer, runTask } from '@linchpin/platform/lifecycle';
import { openDatabase } from '@linchpin/platform/postgres';
import { KeyCipher } from '@linchpin/platform/sealing';
import { loadRotateKeysConfig } from './config.js';
import { createRegistryLogger } from './logger.js';
import { resealKeys } from './postgres/reseal-keys.js';
import type { RegistryTables } from './postgres/schema.js';

const { postgres, masterKeys, logLevel } = loadOrExit(loadRotateKeysConfig);
const logger = createRegistryLogger(logLevel);

await runTask(logger, async () => {
  const database = openDatabase<RegistryTables>({ ...postgres, connectionsMax: 1, logger });
  await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
  const resealed = await resealKeys(database.db, new KeyCipher(masterKeys));
  await database.close();
  logger.info({ masterKeyId: masterKeys[0].id, ...resealed }, 'keys sealed anew');
});

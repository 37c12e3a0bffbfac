import { loadOrExit } from '@linchpin/platform/config';
import { runService } from '@linchpin/platform/lifecycle';
import { loadConfig } from './config.js';
import { createRegistryLogger } from './logger.js';
import { startRegistry } from './start-registry.js';

const config = loadOrExit(loadConfig);
const logger = createRegistryLogger(config.logLevel);

await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startRegistry(config, logger),
});

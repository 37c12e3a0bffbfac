import { loadOrExit } from '@linchpin/platform/config';
import { runService } from '@linchpin/platform/lifecycle';
import { loadConfig } from './config.js';
import { createTwinLogger } from './logger.js';
import { startTwin } from './start-twin.js';

const config = loadOrExit(loadConfig);
const logger = createTwinLogger(config.logLevel);

await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startTwin(config, logger),
});

import { loadOrExit } from '@linchpin/platform/config';
import { runService } from '@linchpin/platform/lifecycle';
import { startApi } from './start-api.js';
import { loadConfig } from './config.js';
import { createApiLogger } from './logger.js';

const config = loadOrExit(loadConfig);
const logger = createApiLogger(config.logLevel);

await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startApi(config, logger),
});

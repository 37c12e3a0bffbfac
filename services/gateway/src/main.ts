import { loadOrExit } from '@linchpin/platform/config';
import { runService } from '@linchpin/platform/lifecycle';
import { loadConfig } from './config.js';
import { createGatewayLogger } from './logger.js';
import { startGateway } from './start-gateway.js';

const config = loadOrExit(loadConfig);
const logger = createGatewayLogger(config.logLevel);

await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startGateway(config, logger),
});

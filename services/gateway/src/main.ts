import { createLogger } from '@linchpin/platform/logging';
import { runService } from '@linchpin/platform/lifecycle';
import { loadConfig } from './config.js';
import { startGateway } from './gateway.module.js';

const config = loadConfig();
const logger = createLogger({ service: 'gateway', level: config.logLevel });
await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startGateway(config, logger),
});

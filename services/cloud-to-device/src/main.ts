import { loadOrExit } from '@linchpin/platform/config';
import { runService } from '@linchpin/platform/lifecycle';
import { loadConfig } from './config.js';
import { createCloudToDeviceLogger } from './logger.js';
import { startCloudToDevice } from './start-cloud-to-device.js';

const config = loadOrExit(loadConfig);
const logger = createCloudToDeviceLogger(config.logLevel);

await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startCloudToDevice(config, logger),
});

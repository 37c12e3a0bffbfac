import { loadOrExit } from '@linchpin/platform/config';
import { runService } from '@linchpin/platform/lifecycle';
import { loadConfig } from './config.js';
import { createFileUploadLogger } from './logger.js';
import { startFileUpload } from './start-file-upload.js';

const config = loadOrExit(loadConfig);
const logger = createFileUploadLogger(config.logLevel);

await runService({
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  start: () => startFileUpload(config, logger),
});

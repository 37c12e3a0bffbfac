import type { Logger } from '../logging/logger.js';
import { logFatal } from './setting-fault.js';

/** A process that does one thing and ends; with exit code 1 and a line that says why when it fails. */
export async function runTask(logger: Logger, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    logFatal(logger, error, 'failed');
    process.exit(1);
  }
}

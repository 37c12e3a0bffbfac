import type { Logger } from '../logging/logger.js';
import { SettingFault } from './setting-fault.js';

/** A process that does one thing and ends; with exit code 1 and a line that says why when it fails. */
export async function runTask(logger: Logger, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof SettingFault) {
      logger.fatal(`failed: ${error.message}`);
    } else {
      logger.fatal({ err: error }, 'failed');
    }
    process.exit(1);
  }
}

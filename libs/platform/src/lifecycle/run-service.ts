import type { Logger } from '../logging/logger.js';
import { logFatal } from './setting-fault.js';

/** A started process part. Stopping it ends what it was doing in good order and resolves then. */
export interface RunningService {
  stop(): Promise<void>;
}

interface RunServiceOptions {
  readonly logger: Logger;
  /** After that long the process ends whether or not `stop` has finished. */
  readonly shutdownTimeoutMs: number;
  readonly start: () => Promise<RunningService>;
}

/**
 * The life of a process: start, serve until SIGTERM or SIGINT, stop in order. A failed start, an
 * error that nobody handled and a stop that takes too long end the process with exit code 1, so
 * that whoever supervises it sees it and starts another.
 */
export async function runService(options: RunServiceOptions): Promise<void> {
  const { logger } = options;
  const die = (error: unknown, message: string): never => {
    logFatal(logger, error, message);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die(error, 'an error that nobody handled'));
  process.on('unhandledRejection', (reason) => die(reason, 'a rejection that nobody handled'));

  let stopping = false;
  const service = options.start().catch((error: unknown) => die(error, 'could not start'));
  const stop = (signal: string): void => {
    if (stopping) {
      return;
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      die(new Error(`still busy after ${options.shutdownTimeoutMs} ms`), 'could not stop in time');
    }, options.shutdownTimeoutMs).unref();
    service
      .then((running) => running.stop())
      .then(() => {
        logger.info('stopped');
        process.exit(0);
      })
      .catch((error: unknown) => die(error, 'could not stop'));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await service;
}

/** Stops one after the other, later ones even when an earlier one fails; throws the first failure. */
export async function stopAll(stops: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of stops) {
    try {
      await stop();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

import type { Logger } from '../logging/logger.js';

/**
 * A variable has a value that cannot be used, which shows only when it is. Its owner can end that, so that
 * the message names the variable, the value and what to do, and a stack would only hide it.
 */
export class SettingFault extends Error {
  override readonly name = 'SettingFault';
}

/** Logs why a process ends: a fault of its settings in one line, anything else with its stack. */
export function logFatal(logger: Logger, error: unknown, message: string): void {
  if (error instanceof SettingFault) {
    logger.fatal(`${message}: ${error.message}`);
  } else {
    logger.fatal({ err: error }, message);
  }
}

/**
 * Runs what listens where `variable` says.
 *
 * @throws SettingFault when that address cannot be had; any other error as it is
 */
export async function listenAsSet<Result>(
  variable: string,
  listen: () => Promise<Result>,
): Promise<Result> {
  try {
    return await listen();
  } catch (error) {
    throw explainListenFailure(variable, error);
  }
}

/** What the system says, as Node prints it; gRPC quotes it within a message of its own. */
const systemMessage = /(?:listen|getaddrinfo) (E[A-Z]+)\b[^\]]*/;

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has the port: end it, or choose another port',
  EACCES: 'this account may not have the port: choose one from 1024 on, or allow it lower ones',
  EADDRNOTAVAIL: 'this machine has no such address: choose one that it has',
  ENOTFOUND: 'no address has that name: choose an address of this machine',
};

function explainListenFailure(variable: string, error: unknown): unknown {
  const [message, code = ''] = systemMessage.exec(String(error)) ?? [];
  const remedy = remedies[code];
  return message === undefined || remedy === undefined
    ? error
    : new SettingFault(`${variable}: ${message} (${remedy})`, { cause: error });
}

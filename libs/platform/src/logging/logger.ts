import { pino, type DestinationStream, type Logger } from 'pino';
import { hideMembers, hideSecrets, isMembers } from './hide-secrets.js';

export type { Logger } from 'pino';

interface LoggerOptions {
  /** The name of the process's service: `gateway`, `registry`, ... */
  readonly service: string;
  readonly level: string;
  readonly destination?: DestinationStream;
}

/** What pino writes as it is, and a terminal or a viewer may take for an order: control and format characters. */
const unseen = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The same JSON in other words: clients choose some of what is logged. */
function escapeUnseen(line: string): string {
  return line.replace(unseen, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Whatever was thrown, which need not be an error. */
function serializeError(thrown: unknown): unknown {
  const shown: unknown = pino.stdSerializers.err(thrown as Error);
  return isMembers(shown) ? hideMembers(shown) : shown;
}

/** JSON lines on standard output with the time in ISO 8601. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: escapeUnseen },
    formatters: { level: (label: string) => ({ level: label }), log: hideSecrets },
    serializers: { err: serializeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

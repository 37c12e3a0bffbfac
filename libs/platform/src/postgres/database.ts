import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { HubError } from '@linchpin/wire';
import type { Logger } from '../logging/logger.js';
import {
  connectionSettings,
  openSilenceBoundSocket,
  silenceMaxMs,
  statementTimeoutMs as statementTimeoutDefaultMs,
} from './connection.js';
import { SchemaDialect } from './schema-dialect.js';

interface DatabaseOptions {
  readonly url: string;
  /** The schema that the service owns; its tables are named without it. */
  readonly schema: string;
  readonly connectionsMax: number;
  /** 10 s, but for work that is to wait. */
  readonly statementTimeoutMs?: number;
  /**
   * The server ends a session then that does nothing in a transaction: a process that stands still answers
   * TCP's probes, and holds its locks. Without it the server waits, as for a lock that is held for other work.
   */
  readonly transactionIdleMsMax?: number;
  readonly logger: Logger;
}

/** One connection, whose statements may take as long as an index of a large table takes. */
export const forMigrations = { connectionsMax: 1, statementTimeoutMs: 6 * 3_600_000 };

/** A service's own tables. */
export interface Database<Tables> {
  readonly db: Kysely<Tables>;
  readonly pool: pg.Pool;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Connects on first use; a connection that breaks is replaced by the next query. */
export function openDatabase<Tables>(options: DatabaseOptions): Database<Tables> {
  const { url, schema, connectionsMax, logger } = options;
  const { statementTimeoutMs = statementTimeoutDefaultMs, transactionIdleMsMax = 0 } = options;
  const pool = new pg.Pool({
    ...connectionSettings(url, schema),
    max: connectionsMax,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: transactionIdleMsMax,
    stream: () => openSilenceBoundSocket(silenceMaxMs(statementTimeoutMs)),
    application_name: `linchpin-${schema}`,
  });
  const warn = (error: Error): void => {
    logger.warn({ err: error }, 'a PostgreSQL connection broke');
  };
  // An idle connection's error goes to the pool; that of one in use would go to nobody, and end the
  // process.
  pool.on('error', warn);
  pool.on('connect', (client) => {
    client.on('error', warn);
  });
  const db = new Kysely<Tables>({ dialect: new SchemaDialect({ pool }, schema) });
  return {
    db,
    pool,
    ping: async () => {
      await sql`select 1`.execute(db);
    },
    close: async () => {
      await db.destroy();
      // Kysely does not end a pool that it never used.
      if (!pool.ending) {
        await pool.end();
      }
    },
  };
}

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Whether the database cannot hold a value that it was given (SQLSTATE class 22): no other try helps. */
export function isDataException(error: unknown): boolean {
  return sqlState(error)?.startsWith('22') === true;
}

/** Somebody else held a row for longer than the transaction's `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/** Waits for the database; one that does not answer becomes HubError ServiceUnavailable. */
export async function answering<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toUnavailable(error);
  }
}

/**
 * Turns a database that does not answer into `ServiceUnavailable`, which a caller may retry; every
 * other error is a fault of ours and stays as it is.
 */
function toUnavailable(error: unknown): unknown {
  const state = sqlState(error);
  const isDown =
    state === undefined
      ? isConnectionError(error)
      : connectionStates.some((prefix) => state.startsWith(prefix));
  return isDown
    ? new HubError('ServiceUnavailable', 'The store does not answer; try again.', { cause: error })
    : error;
}

/**
 * Connection exceptions, transactions that stood still, transactions rolled back for others' sake,
 * insufficient resources, locks that others held for too long, statements that took too long, operator
 * intervention (a server that stops).
 */
const connectionStates = ['08', '25P03', '40', '53', '55P03', '57014', '57P'];

/** Not by class: an error of Node's own, in a test's realm, is of another one. */
function isConnectionError(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return connectionErrorCodes.includes(code) || connectionErrorMessages.test(message);
}

const connectionErrorCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];

/** What the driver says itself, without a code. */
const connectionErrorMessages =
  /Connection terminated|timeout exceeded when trying to connect|connection error and is not queryable/i;

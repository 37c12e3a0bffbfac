import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../logging/logger.js';
import { LoggedTrouble } from '../logging/logged-trouble.js';
import { encodeHeaders, type Header } from '../kafka/record.js';
import type { RecordProducer } from '../kafka/record-producer.js';
import { connectionSettings, silenceMaxMs, statementTimeoutMs } from '../postgres/connection.js';
import { outboxChannel } from './outbox.js';

interface OutboxRelayOptions {
  readonly postgresUrl: string;
  readonly schema: string;
  readonly producer: RecordProducer;
  readonly logger: Logger;
}

const batchSize = 500;
/**
 * What goes to Kafka at once: all of it may be of one key, and so of one partition, whose batch has 1 MiB at
 * most (`max.message.bytes`). One row may have more, and goes alone then: a whole twin has up to 900 KB.
 */
const batchBytesMax = 512 * 1024;
/** What Kafka's format adds to a record, at most. */
const recordOverheadBytes = 64;
/** Notifications are only a hint: without one the table is looked at this often. */
const pollMs = 1_000;
/** Between two rounds that moved little. */
const roundMs = 20;
/** Between two notifications that are no part of a commit. */
const tellMs = 20;
const retryMs = 500;
const stopMs = 5_000;

interface OutboxRow {
  readonly id: string;
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: readonly Header[];
}

/**
 * Moves events from a service's outbox table to Kafka, in the order of their ids, each at least
 * once: a row goes only after Kafka has its record. One process of the service relays at a time (an
 * advisory lock decides); when it dies another takes over.
 */
export class OutboxRelay {
  readonly #stopping = new AbortController();
  readonly #trouble: LoggedTrouble;
  readonly #done: Promise<void>;
  #wake: () => void = () => undefined;
  /** Whether this process is the one that relays, or it is on its way to find out. */
  #isRelaying = true;
  #tellOthers: () => void = () => undefined;

  private constructor(private readonly options: OutboxRelayOptions) {
    this.#trouble = new LoggedTrouble({
      logger: options.logger,
      stands: 'the outbox relay lost PostgreSQL or Kafka',
      over: 'the outbox relay is back',
    });
    this.#done = this.#run();
  }

  static start(options: OutboxRelayOptions): OutboxRelay {
    return new OutboxRelay(options);
  }

  /**
   * Says that this process has committed something new, where the commit itself does not (`writeOutbox`
   * does): a notification in every transaction would have all of the database commit one after the other.
   */
  wake(): void {
    if (this.#isRelaying) {
      this.#wake();
    } else {
      this.#tellOthers();
    }
  }

  /** What is not in Kafka by then stays in the table for the next relay. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await Promise.race([this.#done, delay(stopMs, undefined, { ref: false })]);
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#relayOverOneConnection();
      } catch (error) {
        this.#trouble.meet(error);
        await delay(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  async #relayOverOneConnection(): Promise<void> {
    const { postgresUrl, schema } = this.options;
    const client = new pg.Client({
      ...connectionSettings(postgresUrl, schema),
      application_name: `linchpin-${schema}-outbox`,
      statement_timeout: statementTimeoutMs,
      // Not of the socket's silence: it may be silent for as long as Kafka takes.
      query_timeout: silenceMaxMs(statementTimeoutMs),
    });
    let failure: Error | undefined;
    client.on('error', (error) => {
      failure = error;
      this.#wake();
    });
    client.on('notification', () => {
      this.#wake();
    });
    await client.connect();
    try {
      await client.query(`listen ${client.escapeIdentifier(outboxChannel(schema))}`);
      await this.#waitForLock(client);
      while (!this.#isStopping) {
        // Before the look, so that what commits during it wakes the next round.
        const woken = this.#nextWake();
        const moved = await this.#moveBatch(client);
        this.#trouble.end();
        if (moved === 0) {
          await woken;
        } else if (moved < batchSize / 2) {
          await this.#pause();
        }
        if (failure !== undefined) {
          throw failure;
        }
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #waitForLock(client: pg.Client): Promise<void> {
    this.#tellOthers = atMostEach(tellMs, () => this.#notify(client));
    for (;;) {
      const { rows } = await client.query<{ locked: boolean }>(
        'select pg_try_advisory_lock(hashtext($1)) as locked',
        [outboxChannel(this.options.schema)],
      );
      this.#isRelaying = rows[0]?.locked === true;
      if (this.#isRelaying || this.#isStopping) {
        return;
      }
      this.#trouble.end();
      await delay(pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** A hint: who relays looks by itself as well. */
  async #notify(client: pg.Client): Promise<void> {
    const channel = outboxChannel(this.options.schema);
    await client.query("select pg_notify($1, '')", [channel]).catch(() => undefined);
  }

  async #moveBatch(client: pg.Client): Promise<number> {
    const { rows } = await client.query<OutboxRow>(
      `select id, topic, key, value, headers
       from (
         select oldest.*, row_number() over (order by id) as number,
           sum(octet_length(key) + octet_length(value) + octet_length(headers::text) + $3)
             over (order by id) as bytes_through
         from (select id, topic, key, value, headers from outbox order by id limit $1) as oldest
       ) as measured
       where number = 1 or bytes_through <= $2
       order by id`,
      [batchSize, batchBytesMax, recordOverheadBytes],
    );
    if (rows.length === 0) {
      return 0;
    }
    await this.options.producer.send(
      rows.map(({ headers, ...row }) => ({ ...row, headers: encodeHeaders(headers) })),
    );
    await client.query('delete from outbox where id = any($1::bigint[])', [
      rows.map(({ id }) => id),
    ]);
    return rows.length;
  }

  /** What comes meanwhile goes together: each round costs a request to Kafka, and each reader one. */
  async #pause(): Promise<void> {
    await delay(roundMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Does the work after `periodMs`, once for all who ask meanwhile. */
function atMostEach(periodMs: number, work: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void work();
    }, periodMs).unref();
  };
}

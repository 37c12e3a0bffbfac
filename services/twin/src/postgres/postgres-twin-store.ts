import { encodeTwinChange, hubEventsTopic } from '@linchpin/contracts';
import { answering, Gathering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { TwinSubject } from '../domain/identity-copy.js';
import type {
  ReportedChange,
  StoredChange,
  StoredTwin,
  TwinEvent,
  TwinStore,
} from '../domain/twin-store.js';
import { toTwin, twinColumns } from './twin-row.js';
import type { TwinTables } from './schema.js';

interface PostgresTwinStoreParts {
  readonly db: Kysely<TwinTables>;
  readonly topicPrefix: string;
  /** An event was committed. */
  readonly onEvent: () => void;
}

/** Twins of one statement; the largest ones have some 25 MB together. */
const itemsMax = 32;
/** Statements at once, of reading and of reports each. */
const runningMax = 2;

/**
 * One statement a change, which commits by itself: a row, its event, and what is to be told to the device. Reads
 * and reports, which come by the thousand, share statements.
 */
export class PostgresTwinStore implements TwinStore {
  readonly #topic: string;
  readonly #reads: Gathering<TwinSubject, StoredTwin | undefined>;
  readonly #reports: Gathering<Report, boolean>;

  constructor(private readonly parts: PostgresTwinStoreParts) {
    this.#topic = hubEventsTopic(parts.topicPrefix).name;
    const shared = { itemsMax, runningMax };
    this.#reads = new Gathering({ ...shared, run: (subjects) => this.#findSome(subjects) });
    this.#reports = new Gathering({ ...shared, run: (reports) => this.#storeSome(reports) });
  }

  find(subject: TwinSubject): Promise<StoredTwin | undefined> {
    return this.#reads.add(subject);
  }

  storeReported(stored: StoredTwin, change: ReportedChange): Promise<boolean> {
    return this.#reports.add({ stored, ...change });
  }

  async storeChange(stored: StoredTwin, change: StoredChange): Promise<boolean> {
    const { after, event, notification } = change;
    const { desired } = after;
    // The identity first, as whoever deletes it and what goes along.
    const statement = sql<Changed>`
      with held as (
        select twin_id from identities where twin_id = ${stored.id} for key share
      ), changed as (
        update twins
        set version = ${after.version},
            etag_counter = ${after.etagCounter},
            tags = ${JSON.stringify(after.tags)},
            desired = ${JSON.stringify(desired.document)},
            desired_metadata = ${JSON.stringify(desired.metadata)},
            desired_version = ${desired.version}
        from held
        where twins.twin_id = held.twin_id and version = ${stored.twin.version}
        returning twins.twin_id
      ), told as (${this.#insertEvent(stored, event)}
      ), waiting as (
        insert into desired_changes (twin_id, version, json, committed_at)
        select twin_id, ${notification?.version ?? 0}, ${notification?.json ?? ''}, now()
        from changed where ${notification !== undefined}
      )
      select twin_id from changed`;
    return this.#isStored(statement);
  }

  async #findSome(subjects: readonly TwinSubject[]): Promise<readonly (StoredTwin | undefined)[]> {
    const column = (read: (subject: TwinSubject) => string) => subjects.map(read);
    const asked = sql<AskedTwin>`unnest(
      ${column(({ hubGeneration }) => hubGeneration)}::bigint[],
      ${column(({ deviceId }) => deviceId)}::text[],
      ${column(({ moduleId = '' }) => moduleId)}::text[]
    ) with ordinality`;
    const query = this.parts.db
      .selectFrom(asked.as<'asked'>(sql`asked (hub_generation, device_id, module_id, number)`))
      .innerJoin('identities', (join) =>
        join
          .onRef('identities.hub_generation', '=', 'asked.hub_generation')
          .onRef('identities.device_id', '=', 'asked.device_id')
          .onRef('identities.module_id', '=', 'asked.module_id'),
      )
      .innerJoin('twins', 'twins.twin_id', 'identities.twin_id')
      .innerJoin('reported_properties', 'reported_properties.twin_id', 'identities.twin_id')
      .select(['number', 'identities.twin_id', 'generation_id', 'model_id', ...twinColumns]);
    const rows = await answering(query.execute());
    const byNumber = new Map(rows.map((row) => [Number(row.number), row]));
    return subjects.map((subject, index) => {
      const row = byNumber.get(index + 1);
      return (
        row && {
          id: row.twin_id,
          subject,
          generationId: row.generation_id,
          modelId: row.model_id,
          twin: toTwin(row),
        }
      );
    });
  }

  /** A row that somebody else holds is not waited for: its report is made anew. */
  async #storeSome(reports: readonly Report[]): Promise<readonly boolean[]> {
    const column = <Value>(read: (report: Report) => Value) => reports.map(read);
    const events = reports.map(({ stored, event }) => encode(stored, event));
    const statement = sql<Changed>`
      with given as (
        select *
        from unnest(
          ${column(({ stored }) => stored.id)}::bigint[],
          ${column(({ stored }) => stored.twin.reported.version)}::bigint[],
          ${column(({ after }) => JSON.stringify(after.document))}::text[],
          ${column(({ after }) => JSON.stringify(after.metadata))}::text[],
          ${column(({ after }) => after.version)}::bigint[],
          ${events.map(({ key }) => key)}::text[],
          ${events.map(({ value }) => value)}::text[],
          ${events.map(({ headers }) => JSON.stringify(headers))}::text[]
        ) as given (twin_id, before, document, metadata, after, key, value, headers)
      ), held as (
        select twin_id
        from reported_properties join given using (twin_id)
        where reported_version = before
        for no key update of reported_properties skip locked
      ), changed as (
        update reported_properties
        set reported = document::jsonb, reported_metadata = metadata::jsonb, reported_version = after
        from given join held using (twin_id)
        where reported_properties.twin_id = given.twin_id
        returning given.twin_id
      ), told as (
        insert into outbox (topic, key, value, headers)
        select ${this.#topic}, convert_to(key, 'UTF8'), convert_to(value, 'UTF8'), headers::jsonb
        from given join changed using (twin_id)
      )
      select twin_id from changed`;
    const { rows } = await answering(statement.execute(this.parts.db));
    if (rows.length > 0) {
      this.parts.onEvent();
    }
    const changed = new Set(rows.map((row) => row.twin_id));
    return reports.map(({ stored }) => changed.has(stored.id));
  }

  #insertEvent(stored: StoredTwin, event: TwinEvent) {
    const { key, headers, value } = encode(stored, event);
    return sql`
      insert into outbox (topic, key, value, headers)
      select ${this.#topic}, ${Buffer.from(key)}, ${Buffer.from(value)}, ${JSON.stringify(headers)}::jsonb
      from changed`;
  }

  async #isStored(statement: ReturnType<typeof sql<Changed>>): Promise<boolean> {
    const { rows } = await answering(statement.execute(this.parts.db));
    if (rows.length > 0) {
      this.parts.onEvent();
    }
    return rows.length > 0;
  }
}

interface Changed {
  readonly twin_id: string;
}

interface Report extends ReportedChange {
  readonly stored: StoredTwin;
}

interface AskedTwin {
  readonly hub_generation: string;
  readonly device_id: string;
  readonly module_id: string;
  /** From 1, as `subjects` has it. */
  readonly number: string;
}

function encode({ subject, generationId }: StoredTwin, { type, occurredAt, body }: TwinEvent) {
  const bodyJson = JSON.stringify(body);
  return encodeTwinChange({ ...subject, generationId, type, occurredAt, bodyJson });
}

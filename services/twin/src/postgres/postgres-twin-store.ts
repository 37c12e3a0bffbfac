import { encodeTwinChange, hubEventsTopic } from '@linchpin/contracts';
import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { TwinSubject } from '../domain/identity-copy.js';
import type { StoredChange, StoredTwin, TwinEvent, TwinStore } from '../domain/twin-store.js';
import type { VersionedSection } from '../domain/twin.js';
import { toTwin, twinColumns } from './twin-row.js';
import type { TwinTables } from './schema.js';

interface PostgresTwinStoreParts {
  readonly db: Kysely<TwinTables>;
  readonly topicPrefix: string;
  /** An event was committed. */
  readonly onEvent: () => void;
}

/** One statement a change, which commits by itself: a row, its event, and what is to be told to the device. */
export class PostgresTwinStore implements TwinStore {
  readonly #topic: string;

  constructor(private readonly parts: PostgresTwinStoreParts) {
    this.#topic = hubEventsTopic(parts.topicPrefix).name;
  }

  async find(subject: TwinSubject): Promise<StoredTwin | undefined> {
    const { hubGeneration, deviceId, moduleId = '' } = subject;
    const query = this.parts.db
      .selectFrom('identities')
      .innerJoin('twins', 'twins.twin_id', 'identities.twin_id')
      .innerJoin('reported_properties', 'reported_properties.twin_id', 'identities.twin_id')
      .select(['identities.twin_id', 'generation_id', 'model_id', ...twinColumns])
      .where('identities.hub_generation', '=', hubGeneration)
      .where('device_id', '=', deviceId)
      .where('module_id', '=', moduleId);
    const row = await answering(query.executeTakeFirst());
    return (
      row && {
        id: row.twin_id,
        subject,
        generationId: row.generation_id,
        modelId: row.model_id,
        twin: toTwin(row),
      }
    );
  }

  async storeChange(stored: StoredTwin, change: StoredChange): Promise<boolean> {
    const { after, event, notification } = change;
    const { desired } = after;
    const statement = sql<Changed>`
      with changed as (
        update twins
        set version = ${after.version},
            etag_counter = ${after.etagCounter},
            tags = ${JSON.stringify(after.tags)},
            desired = ${JSON.stringify(desired.document)},
            desired_metadata = ${JSON.stringify(desired.metadata)},
            desired_version = ${desired.version}
        where twin_id = ${stored.id} and version = ${stored.twin.version}
        returning twin_id
      ), told as (${this.#insertEvent(stored, event)}
      ), waiting as (
        insert into desired_changes (twin_id, version, json, committed_at)
        select twin_id, ${notification?.version ?? 0}, ${notification?.json ?? ''}, now()
        from changed where ${notification !== undefined}
      )
      select twin_id from changed`;
    return this.#isStored(statement);
  }

  async storeReported(
    stored: StoredTwin,
    { after, event }: { readonly after: VersionedSection; readonly event: TwinEvent },
  ): Promise<boolean> {
    const statement = sql<Changed>`
      with changed as (
        update reported_properties
        set reported = ${JSON.stringify(after.document)},
            reported_metadata = ${JSON.stringify(after.metadata)},
            reported_version = ${after.version}
        where twin_id = ${stored.id} and reported_version = ${stored.twin.reported.version}
        returning twin_id
      ), told as (${this.#insertEvent(stored, event)}
      )
      select twin_id from changed`;
    return this.#isStored(statement);
  }

  #insertEvent({ subject, generationId }: StoredTwin, event: TwinEvent) {
    const { type, occurredAt, body } = event;
    const { key, headers, value } = encodeTwinChange({
      ...subject,
      generationId,
      type,
      occurredAt,
      bodyJson: JSON.stringify(body),
    });
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

import { answering, DeletedHubs } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type { KeptIdentities } from '../domain/registry-changes.js';
import type { CloudToDeviceSettings } from '../domain/recipient.js';
import { changeSettings } from './hub-settings.js';
import type { CloudToDeviceTables } from './schema.js';

/** Queues of one statement, with all that waits in them. */
const removedAtOnce = 200;
/** Longer than between a sender's look for an identity and his message's commit. */
const rememberedSeconds = 120;

export class PostgresKeptIdentities implements KeptIdentities {
  readonly #deletedHubs: DeletedHubs;

  constructor(private readonly db: Kysely<CloudToDeviceTables>) {
    this.#deletedHubs = new DeletedHubs(db, { table: 'queues', key: 'queue_id', removedAtOnce });
  }

  /** Messages first, in their order, as whoever ends some of several queues: the two would wait for each other. */
  async remove(
    { hubGeneration }: HubId,
    deviceId: string,
    generationIds: readonly string[],
  ): Promise<void> {
    const ofThem = sql`
      hub_generation = ${hubGeneration} and device_id = ${deviceId}
      and generation_id = any(${generationIds}::bigint[])`;
    await answering(
      sql`
        with noted as (
          insert into deleted_identities (hub_generation, device_id, generation_id)
          select ${hubGeneration}, ${deviceId}, unnest(${generationIds}::bigint[])
          on conflict do nothing
        ), held as materialized (
          select sequence_number from messages join queues using (queue_id)
          where ${ofThem}
          order by sequence_number
          for update of messages
        ), removed as (
          delete from queues where ${ofThem} and (select count(*) from held) >= 0
        )
        delete from feedback_records where ${ofThem}`.execute(this.db),
    );
  }

  /** Messages first, as in `remove`, which cannot see the feedback of one that somebody ends at that moment. */
  async removeSomeSentLate(): Promise<boolean> {
    const removed = await answering(
      sql`
        with gone as (
          select hub_generation, device_id, generation_id
          from deleted_identities
          where deleted_time < now() - make_interval(secs => ${rememberedSeconds})
          order by deleted_time
          limit ${removedAtOnce}
          for update skip locked
        ), held as materialized (
          select sequence_number
          from messages join queues using (queue_id) join gone on ${isOfGone('queues')}
          order by sequence_number
          for update of messages
        ), late as (
          delete from queues using gone
          where ${isOfGone('queues')} and (select count(*) from held) >= 0
        ), unheard as (
          delete from feedback_records using gone where ${isOfGone('feedback_records')}
        )
        delete from deleted_identities using gone where ${isOfGone('deleted_identities')}`.execute(
        this.db,
      ),
    );
    return removed.numAffectedRows === BigInt(removedAtOnce);
  }

  async changeSettings(hub: HubId, settings: CloudToDeviceSettings): Promise<void> {
    await changeSettings(this.db, { hub, settings });
  }

  markHubDeleted({ hubGeneration }: HubId): Promise<void> {
    return this.#deletedHubs.mark(hubGeneration);
  }

  async removeSomeOfDeletedHubs(): Promise<boolean> {
    const isMore = await this.#deletedHubs.removeSome();
    if (!isMore) {
      await answering(
        sql`
          delete from hubs
          where hub_generation in (select hub_generation from deleted_hubs)
            and not exists (select from queues where queues.hub_generation = hubs.hub_generation)`.execute(
          this.db,
        ),
      );
    }
    return isMore;
  }
}

function isOfGone(table: 'queues' | 'feedback_records' | 'deleted_identities') {
  const name = sql.table(table);
  return sql`
    ${name}.hub_generation = gone.hub_generation and ${name}.device_id = gone.device_id
    and ${name}.generation_id = gone.generation_id`;
}

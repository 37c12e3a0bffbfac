import { answering, DeletedHubs } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type { KeptIdentities } from '../domain/registry-changes.js';
import type { CloudToDeviceSettings } from '../domain/recipient.js';
import { changeSettings } from './hub-settings.js';
import type { CloudToDeviceTables } from './schema.js';

/** Queues of one statement, with all that waits in them. */
const removedAtOnce = 200;

export class PostgresKeptIdentities implements KeptIdentities {
  readonly #deletedHubs: DeletedHubs;

  constructor(private readonly db: Kysely<CloudToDeviceTables>) {
    this.#deletedHubs = new DeletedHubs(db, { table: 'queues', key: 'queue_id', removedAtOnce });
  }

  async remove(
    { hubGeneration }: HubId,
    deviceId: string,
    generationIds: readonly string[],
  ): Promise<void> {
    const ofThem = sql`
      hub_generation = ${hubGeneration} and device_id = ${deviceId}
      and generation_id = any(${generationIds}::bigint[])`;
    await answering(sql`delete from queues where ${ofThem}`.execute(this.db));
    await answering(sql`delete from feedback_records where ${ofThem}`.execute(this.db));
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

import { answering } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { CopiedIdentity, IdentityCopy } from '../domain/identity-copy.js';
import { freshTwin } from '../domain/twin.js';
import type { TwinTables } from './schema.js';
import { toFactsJson } from './twin-row.js';

/** Identities of one statement. */
const identitiesMax = 500;

/** Rows are written in the order of their key, as everybody else does who writes several. */
export class PostgresIdentityCopy implements IdentityCopy {
  constructor(private readonly db: Kysely<TwinTables>) {}

  async put(hub: HubId, identities: readonly CopiedIdentity[]): Promise<void> {
    for (let start = 0; start < identities.length; start += identitiesMax) {
      const some = identities.slice(start, start + identitiesMax);
      await answering(
        this.db.transaction().execute((transaction) => putSome(transaction, hub, some)),
      );
    }
  }

  async remove(
    { hubGeneration }: HubId,
    deviceId: string,
    generationIds: readonly string[],
  ): Promise<void> {
    const query = this.db
      .deleteFrom('identities')
      .where('hub_generation', '=', hubGeneration)
      .where('device_id', '=', deviceId)
      .where('generation_id', '=', sql<string>`any(${generationIds}::bigint[])`);
    await answering(query.execute());
  }
}

async function putSome(
  transaction: Transaction<TwinTables>,
  { hub, hubGeneration }: HubId,
  identities: readonly CopiedIdentity[],
): Promise<void> {
  const facts = toFactsJson(identities);
  const told = sql`jsonb_to_recordset(${facts}::jsonb) as told (${toldColumns})`;
  await removeOlder(transaction, hubGeneration, told);
  await sql`
    with written as (
      insert into identities (hub_generation, hub, ${columns}, connection_state, last_activity_time)
      select ${hubGeneration}::bigint, ${hub}, ${columns}, connection_state, last_activity_time
      from ${told}
      where not exists (select from deleted_hubs where hub_generation = ${hubGeneration})
      order by device_id, module_id
      on conflict (hub_generation, device_id, module_id) do update set ${updates}
      where identities.generation_id = excluded.generation_id
      returning twin_id, hub_generation
    ), made as (
      insert into twins (twin_id, hub_generation, version, etag_counter, tags, desired,
        desired_metadata, desired_version)
      select twin_id, hub_generation, ${freshTwin.version}, ${freshTwin.etagCounter}, '{}', '{}',
        ${JSON.stringify(freshTwin.desired.metadata)}, ${freshTwin.desired.version}
      from written
      on conflict do nothing
    )
    insert into reported_properties (twin_id, hub_generation, reported, reported_metadata,
      reported_version)
    select twin_id, hub_generation, '{}', ${JSON.stringify(freshTwin.reported.metadata)},
      ${freshTwin.reported.version}
    from written
    on conflict do nothing`.execute(transaction);
}

/** Twins of identities that were made again; their own go with them. */
async function removeOlder(
  transaction: Transaction<TwinTables>,
  hubGeneration: string,
  told: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    delete from identities using (
      select twin_id from identities join ${told} using (device_id, module_id)
      where hub_generation = ${hubGeneration} and identities.generation_id < told.generation_id
      order by device_id, module_id for update of identities
    ) as older
    where identities.twin_id = older.twin_id`.execute(transaction);
}

const columnTypes = {
  device_id: 'text',
  module_id: 'text',
  generation_id: 'bigint',
  etag: 'text',
  status: 'text',
  status_reason: 'text',
  status_updated_time: 'timestamptz',
  authentication_type: 'text',
  primary_thumbprint: 'text',
  secondary_thumbprint: 'text',
  iot_edge: 'boolean',
  device_scope: 'text',
  parent_scopes: 'text[]',
} as const;

const columnNames = Object.keys(columnTypes);
const columns = sql.raw(columnNames.join(', '));
const toldColumns = sql.raw(
  Object.entries({ ...columnTypes, connection_state: 'text', last_activity_time: 'timestamptz' })
    .map(([name, type]) => `${name} ${type}`)
    .join(', '),
);
/** Connections are told of apart, and in an order of their own. */
const updates = sql.raw(columnNames.map((name) => `${name} = excluded.${name}`).join(', '));

/** The statement behind every command that is sent: one round trip, its text built once. */
import { sql, type CompiledQuery, type InferResult, type Kysely } from 'kysely';
import type { RegistryTables } from './schema.js';

const hub = sql<string>`$1`;
const hubGeneration = sql<string>`$2`;
const deviceId = sql<string>`$3`;
const moduleId = sql<string>`$4`;

export type RecipientRow = InferResult<ReturnType<typeof selectRecipient>>[number];

/** `$1` hub, `$2` its generation, `$3` device id, `$4` module id or empty. No row: no such hub is active. */
export function recipientQuery(db: Kysely<RegistryTables>): CompiledQuery<RecipientRow> {
  return selectRecipient(db).compile();
}

function selectRecipient(db: Kysely<RegistryTables>) {
  return db
    .selectFrom('hubs')
    .leftJoin('identities as identity', (join) =>
      join
        .onRef('identity.hub_id', '=', 'hubs.id')
        .on('identity.device_id', '=', deviceId)
        .on('identity.module_id', '=', moduleId),
    )
    .leftJoin('identities as device', (join) =>
      join
        .onRef('device.hub_id', '=', 'hubs.id')
        .on('device.device_id', '=', deviceId)
        .on('device.module_id', '=', sql.lit('')),
    )
    .where(sql`lower(hubs.name)`, '=', sql`lower(${hub})`)
    .where('hubs.name', '=', hub)
    .where(sql`hubs.id::text`, '=', hubGeneration)
    .where('hubs.state', '=', sql.lit('active'))
    .select([
      'hubs.name',
      'hubs.cloud_to_device',
      'identity.generation_id',
      'device.generation_id as device_generation_id',
    ])
    .select((row) =>
      row
        .case()
        .when('hubs.cloud_to_device', 'is', null)
        .then(row.ref('hubs.kept_properties'))
        .end()
        .as('kept_properties'),
    );
}

/**
 * The two statements behind every connecting device and every service request, each one round trip.
 * Their parameters stand as `$n`, so that the text is built once and the server can keep its plan.
 */
import { sql, type CompiledQuery, type InferResult, type Kysely } from 'kysely';
import { accessColumns } from './hub-row.js';
import type { RegistryTables } from './schema.js';

const hostName = sql<string>`$1`;
const policyName = sql<string>`$2`;
const deviceId = sql<string>`$3`;
const moduleId = sql<string>`$4`;

export type PolicyRow = InferResult<ReturnType<typeof selectPolicy>>[number];
export type DeviceRow = InferResult<ReturnType<typeof selectDevice>>[number];

/** `$1` normalised host name, `$2` policy name in lower case. No row: no active hub has the host name. */
export function policyQuery(db: Kysely<RegistryTables>): CompiledQuery<PolicyRow> {
  return selectPolicy(db).compile();
}

/** As `policyQuery`, and `$3` device id, `$4` module id or empty. */
export function deviceQuery(db: Kysely<RegistryTables>): CompiledQuery<DeviceRow> {
  return selectDevice(db).compile();
}

function selectPolicy(db: Kysely<RegistryTables>) {
  return db
    .selectFrom('hub_host_names as names')
    .innerJoin('hubs', 'hubs.id', 'names.hub_id')
    .leftJoin('shared_access_policies as policy', (join) =>
      join
        .onRef('policy.hub_id', '=', 'hubs.id')
        .on(sql<string>`lower(policy.name)`, '=', policyName),
    )
    .where('names.host_name', '=', hostName)
    .where('hubs.state', '=', sql.lit('active'))
    .select([
      'hubs.name as hub',
      'hubs.id as hub_generation',
      'hubs.partition_count',
      ...accessColumns,
      'policy.name as policy_name',
      'policy.rights as policy_rights',
      'policy.primary_key as policy_primary_key',
      'policy.secondary_key as policy_secondary_key',
    ])
    .select((row) =>
      row
        .selectFrom('hub_host_names as aliases')
        .whereRef('aliases.hub_id', '=', 'hubs.id')
        .select(sql<string[]>`array_agg(aliases.host_name)`.as('aliases'))
        .$asScalar()
        .$notNull()
        .as('host_names'),
    );
}

function selectDevice(db: Kysely<RegistryTables>) {
  return selectPolicy(db)
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
    .select([
      'identity.device_id',
      'identity.module_id',
      'identity.generation_id',
      'identity.status',
      'identity.authentication_type',
      'identity.primary_key',
      'identity.secondary_key',
      'identity.primary_thumbprint',
      'identity.secondary_thumbprint',
      'device.status as device_status',
      'device.iot_edge as device_iot_edge',
    ]);
}

/** Twins by the hundred thousand, written straight into the twin service's tables. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@linchpin/platform/logging';
import { openDatabase, type Database } from '@linchpin/platform/postgres';
import { hub } from '../../support/hub.js';

/** Regions, plants and so on divide the twins evenly: a plant has one in 500, a serial number one. */
const statements = [
  `insert into identities (hub_generation, hub, device_id, module_id, generation_id, etag, status,
     authentication_type, iot_edge, parent_scopes, connection_state, last_activity_time)
   select $1::bigint, $2::text, 'device-' || lpad(number::text, 6, '0'), '', number, 'MQ==',
     case number % 50 when 0 then 'disabled' else 'enabled' end, 'sas', number % 100 = 0, '{}',
     case number % 4 when 0 then 'Connected' else 'Disconnected' end, now() - make_interval(secs => number)
   from generate_series(1, $3::int) as number`,
  `insert into identities (hub_generation, hub, device_id, module_id, generation_id, etag, status,
     authentication_type, iot_edge, parent_scopes)
   select $1::bigint, $2::text, 'device-' || lpad(number::text, 6, '0'), '$edgeAgent', 1000000 + number, 'MQ==',
     'enabled', 'sas', false, '{}'
   from generate_series(100, $3::int, 100) as number`,
  `insert into twins (twin_id, hub_generation, version, etag_counter, tags, desired, desired_metadata,
     desired_version)
   select twin_id, hub_generation, 2, 1,
     jsonb_build_object('region', (array['DE', 'US', 'FR', 'JP'])[1 + generation_id % 4],
       'plant', 'P' || generation_id % 500, 'serial', 'S' || generation_id,
       'location', jsonb_build_object('building', generation_id % 40, 'floor', generation_id % 7))
       || case generation_id % 20 when 0 then '{}' else '{"owner":"team"}'::jsonb end,
     jsonb_build_object('interval', generation_id % 60, 'firmware', jsonb_build_object('version', '1.7')),
     jsonb_build_object('$lastUpdated', '2026-01-01T00:00:00.0000000Z', '$lastUpdatedVersion', 2,
       'interval', jsonb_build_object('$lastUpdated', '2026-01-01T00:00:00.0000000Z', '$lastUpdatedVersion', 2)), 2
   from identities where hub_generation = $1::bigint and $2::text is not null and $3::int > 0`,
  `insert into reported_properties (twin_id, hub_generation, reported, reported_metadata, reported_version)
   select twin_id, hub_generation,
     jsonb_build_object('battery', generation_id % 100, 'uptime', generation_id,
       'firmware', jsonb_build_object('version', '1.' || generation_id % 10,
         'status', (array['current', 'updating', 'failed'])[1 + generation_id % 3]),
       'ip', '10.' || generation_id % 256 || '.' || generation_id / 256 % 256 || '.1'),
     jsonb_build_object('$lastUpdated', '2026-01-01T00:00:00.0000000Z',
       'battery', jsonb_build_object('$lastUpdated', '2026-01-01T00:00:00.0000000Z')), 2
   from identities where hub_generation = $1::bigint and $2::text is not null and $3::int > 0`,
];

/** So many devices, and a module of each hundredth, of a hub that has none. */
export async function makeTwins(hubName: string, count: number): Promise<void> {
  const database = openTwins();
  try {
    const { rows } = await database.pool.query<{ id: string }>(
      'select id from registry.hubs where name = $1',
      [hubName],
    );
    for (const statement of statements) {
      await database.pool.query(statement, [rows[0]?.id, hubName, count]);
    }
    await database.pool.query('vacuum analyze identities, twins, reported_properties');
  } finally {
    await database.close();
  }
}

function openTwins(): Database<object> {
  return openDatabase({
    url: readFileSync(join(hub.stateDir, 'secrets', 'postgres-url'), 'utf8').trim(),
    schema: 'twin',
    connectionsMax: 1,
    statementTimeoutMs: 600_000,
    logger: createLogger({ service: 'bench', level: 'warn', destination: process.stderr }),
  });
}

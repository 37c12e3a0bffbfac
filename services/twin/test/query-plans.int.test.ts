/** Which indexes serve which queries: of a hub with many twins beside another that has as many. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseQuery } from '@linchpin/query';
import { Kysely, PostgresDialect, sql, CompiledQuery } from 'kysely';
import { PostgresTwinQueries } from '../src/postgres/postgres-twin-queries.js';
import type { TwinTables } from '../src/postgres/schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const twinCount = 20_000;
const hubGeneration = '1';

let database: TestDatabase;

jest.setTimeout(120_000);

beforeAll(async () => {
  database = await openTestDatabase();
  const { db } = database;
  await sql`
    insert into identities (hub_generation, hub, device_id, module_id, generation_id, etag, status,
      authentication_type, iot_edge, parent_scopes)
    select hub, 'hub', 'device-' || lpad((number / 50)::text, 6, '0') || '-' || number % 50,
      case number % 100 when 0 then 'module' else '' end, number, 'e', 'enabled', 'sas', false, '{}'
    from generate_series(1, 2) as hub, generate_series(1, ${twinCount}) as number`.execute(db);
  await sql`
    insert into twins (twin_id, hub_generation, version, etag_counter, tags, desired, desired_metadata,
      desired_version)
    select twin_id, hub_generation, 2, 1,
      jsonb_build_object('region', generation_id % 4, 'site', jsonb_build_object('plant', generation_id % 500)),
      jsonb_build_object('campaign', generation_id % 900), '{}', 2
    from identities`.execute(db);
  await sql`
    insert into reported_properties (twin_id, hub_generation, reported, reported_metadata, reported_version)
    select twin_id, hub_generation,
      jsonb_build_object('serial', generation_id, 'errors', jsonb_build_array(generation_id % 700)), '{}', 2
    from identities`.execute(db);
  await sql`vacuum analyze identities, twins, reported_properties`.execute(db);
});

afterAll(() => database.close());

interface Plan {
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** Of the statement that the service sends. */
async function indexesOf(text: string): Promise<ReadonlySet<string>> {
  const sent: CompiledQuery[] = [];
  const db = new Kysely<TwinTables>({
    dialect: new PostgresDialect({ pool: database.pool }),
    log: ({ query }) => {
      sent.push(query);
    },
  });
  const query = parseQuery(text);
  const queries = new PostgresTwinQueries(db);
  await (query.selection.kind === 'groups'
    ? queries.group(hubGeneration, query, 1_001)
    : queries.find(hubGeneration, query, {
        after: { deviceId: '', moduleId: '' },
        limit: 1_001,
      }));
  const [statement] = sent as [CompiledQuery];
  const explain = CompiledQuery.raw(`explain (format json) ${statement.sql}`, [
    ...statement.parameters,
  ]);
  const { rows } = await database.db.executeQuery<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explain);
  return new Set(rows.flatMap((row) => namesIn(row['QUERY PLAN'][0].Plan)));
}

function namesIn(plan: Plan): string[] {
  const name = plan['Index Name'];
  return [...(name === undefined ? [] : [name]), ...(plan.Plans ?? []).flatMap(namesIn)];
}

const names = 'identities_hub_generation_device_id_module_id_key';

test.each([
  ["deviceId = 'device-000100-7'", names],
  ["deviceId IN ['device-000100-7', 'device-000007-1']", names],
  ["STARTSWITH(deviceId, 'device-0001')", names],
  ['tags.site.plant = 77', 'twins_by_content'],
  ['tags.site.plant IN [77, 78]', 'twins_by_content'],
  ["status = 'enabled' AND tags.site.plant = 77", 'twins_by_content'],
  ['properties.desired.campaign = 5', 'twins_by_content'],
  ['properties.reported.serial = 4711', 'reported_properties_by_content'],
  ['ARRAY_CONTAINS(properties.reported.errors, 55)', 'reported_properties_by_content'],
  [
    'NOT IS_DEFINED(tags.none) AND properties.reported.serial = 4711',
    'reported_properties_by_content',
  ],
])('devices WHERE %s', async (condition, index) => {
  expect(await indexesOf(`SELECT * FROM devices WHERE ${condition}`)).toContain(index);
});

test.each(["moduleId = 'module'", 'tags.none = 1 OR IS_DEFINED(tags.region)'])(
  'modules WHERE %s',
  async (condition) => {
    const indexes = await indexesOf(`SELECT * FROM devices.modules WHERE ${condition}`);
    expect(indexes).toContain('identities_of_modules');
  },
);

test('a count of devices by their state reads no twin', async () => {
  const indexes = await indexesOf(
    "SELECT COUNT() AS n FROM devices WHERE connectionState = 'Connected'",
  );
  expect([...indexes].filter((name) => !name.startsWith('identities'))).toEqual([]);
});

/** Which indexes serve which queries: of a hub with many twins beside another that has as many. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseQuery } from '@linchpin/query';
import { Kysely, PostgresDialect, sql, CompiledQuery } from 'kysely';
import { PostgresHubCopies } from '../src/postgres/postgres-hub-copies.js';
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

/** Of all statements that the work sends. */
async function indexesOf(
  work: (db: Kysely<TwinTables>) => Promise<unknown>,
): Promise<ReadonlySet<string>> {
  const sent: CompiledQuery[] = [];
  const db = new Kysely<TwinTables>({
    dialect: new PostgresDialect({ pool: database.pool }),
    log: ({ query }) => {
      sent.push(query);
    },
  });
  await work(db);
  const indexes = new Set<string>();
  for (const { sql: text, parameters } of sent) {
    const explain = CompiledQuery.raw(`explain (format json) ${text}`, [...parameters]);
    const { rows } = await database.db.executeQuery<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explain);
    rows.flatMap((row) => namesIn(row['QUERY PLAN'][0].Plan)).forEach((name) => indexes.add(name));
  }
  return indexes;
}

/** Of what finds the rows of a query. */
function indexesOfQuery(text: string): Promise<ReadonlySet<string>> {
  const query = parseQuery(text);
  return indexesOf((db) => {
    const queries = new PostgresTwinQueries(db);
    return query.selection.kind === 'groups'
      ? queries.group(hubGeneration, query, { limit: 1_001, bytesMax: 1_000_000 })
      : queries.find(hubGeneration, query, {
          after: { deviceId: '', moduleId: '' },
          limit: 1_001,
        });
  });
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
  expect(await indexesOfQuery(`SELECT * FROM devices WHERE ${condition}`)).toContain(index);
});

test.each(["moduleId = 'module'", 'tags.none = 1 OR IS_DEFINED(tags.region)'])(
  'modules WHERE %s',
  async (condition) => {
    const indexes = await indexesOfQuery(`SELECT * FROM devices.modules WHERE ${condition}`);
    expect(indexes).toContain('identities_of_modules');
  },
);

test('a count of devices by their state reads no twin', async () => {
  const indexes = await indexesOfQuery(
    "SELECT COUNT() AS n FROM devices WHERE connectionState = 'Connected'",
  );
  expect([...indexes].filter((name) => !name.startsWith('identities'))).toEqual([]);
});

test('looking for what is left of hubs that were deleted reads no row of the others', async () => {
  const indexes = await indexesOf(async (db) => {
    const hubs = new PostgresHubCopies(db);
    await hubs.markDeleted('77');
    expect(await hubs.removeSomeOfDeleted()).toBe(false);
  });

  expect(indexes).toContain(names);
});

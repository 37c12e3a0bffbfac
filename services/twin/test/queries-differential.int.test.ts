/**
 * query-language 21: what SQL finds is what the evaluator finds. A failure prints the seed and the smallest query that
 * shows it; LINCHPIN_TEST_QUERY_SEED repeats it, and LINCHPIN_TEST_QUERY_RUNS looks longer.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerQuery, parseQuery, type JsonObject, type Query } from '@linchpin/query';
import fc from 'fast-check';
import { sql } from 'kysely';
import { formatTwin } from '../src/domain/twin-json.js';
import type { ShownTwinParts } from '../src/domain/twin-query-store.js';
import { PostgresTwinQueries } from '../src/postgres/postgres-twin-queries.js';
import { queryText } from './support/generated-queries.js';
import { generateTwins } from './support/generated-twins.js';
import { insertTwins } from './support/inserted-twins.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const seed = Number(process.env['LINCHPIN_TEST_QUERY_SEED'] ?? randomInt(2 ** 31));
const numRuns = Number(process.env['LINCHPIN_TEST_QUERY_RUNS'] ?? 2_000);
const twinCount = 150;
const hubGeneration = '7';
const beginning = { deviceId: '', moduleId: '' };

let database: TestDatabase;
let queries: PostgresTwinQueries;
let twins: readonly ShownTwinParts[];

beforeAll(async () => {
  database = await openTestDatabase();
  queries = new PostgresTwinQueries(database.db);
  twins = generateTwins(twinCount, seed);
  await insertTwins(database.db, hubGeneration, twins);
  // Whatever finds those of another hub as well finds too many.
  await insertTwins(database.db, '8', twins);
  await sql`analyze identities, twins, reported_properties`.execute(database.db);
});

afterAll(() => database.close());

test('query-language 21: SQL and evaluator agree on generated queries over generated twins', async () => {
  let pairs = 0;
  let found = 0;
  await fc.assert(
    fc.asyncProperty(queryText, async (text) => {
      const query = parseQuery(text);
      const documents = documentsOf(query);
      const expected = answerQuery(query, documents);
      expect(await answerInSql(query)).toEqual(comparable(query, expected));
      pairs += documents.length;
      found += expected.length;
    }),
    { numRuns, seed },
  );
  process.stdout.write(
    `differential: ${pairs} pairs of query and twin, ${found} rows, seed ${seed}\n`,
  );
  expect(pairs).toBeGreaterThanOrEqual(10_000);
  expect(found).toBeGreaterThan(pairs / 50);
}, 120_000);

/** As long as queries may be. */
const fill = (begin: string, part: string, end: string): string =>
  begin + part.repeat(Math.floor((8192 - begin.length - end.length) / part.length)) + end;
const where = 'SELECT * FROM devices WHERE ';
const names = Array.from({ length: 64 }, (_, index) => `tags.a[${index}] AS k${index}`);

test.each([
  ['alternatives', fill(where, 'tags.a=1 OR ', '1=1')],
  ['conjuncts', fill(where, 'tags.a!=1 AND ', '1=1')],
  ['comparisons that no index serves', fill(where, 'tags.a<tags.b OR ', '1=1')],
  ['values', fill(`${where}tags.a IN [`, '1,', '1]')],
  ['names in a row', fill(`${where}tags`, '.a', ' = 1')],
  ['indexes in a row', fill(`${where}tags.a`, '[0]', ' = 1')],
  ['parentheses', `${where}${'NOT ('.repeat(64)}tags.a = 1${')'.repeat(64)}`],
  ['comparisons in comparisons', `${where}${'('.repeat(64)}tags.a${'=tags.b)'.repeat(64)}`],
  ['steps of a calculation', `${where}tags.a${' % tags.b'.repeat(32)} = 0`],
  ['calculations in calculations', `${where}${'(1 % '.repeat(32)}tags.a${')'.repeat(32)} = 0`],
  ['functions', fill(where, "ENDSWITH(tags.a,'x') OR ", '1=1')],
  [
    'keys of groups',
    `SELECT ${names.join()} FROM devices GROUP BY ${names.map((name) => name.split(' ')[0]).join()}`,
  ],
  [
    'aggregates',
    `SELECT ${names.map((name) => `AVG(${name.replace(' AS', ') AS')}`).join()} FROM devices`,
  ],
])('the longest of %s are answered', async (_what, text) => {
  const query = parseQuery(text);
  const documents = documentsOf(query);
  const begun = performance.now();
  const answer = await answerInSql(query);
  expect(answer).toEqual(comparable(query, answerQuery(query, documents)));
  expect(performance.now() - begun).toBeLessThan(2_000);
});

function documentsOf({ source }: Query): readonly JsonObject[] {
  return twins
    .filter(({ identity }) => (source === 'devices') === (identity.moduleId === undefined))
    .map(({ identity, twin }) => formatTwin(identity, twin));
}

/** Of whole documents and projections the rows that are found; of groups, what they are, in an order of their own. */
function comparable({ selection }: Query, rows: readonly JsonObject[]): readonly unknown[] {
  return selection.kind === 'groups' ? rows.map((row) => JSON.stringify(row)).sort() : rows;
}

async function answerInSql(query: Query): Promise<readonly unknown[]> {
  if (query.selection.kind === 'groups') {
    const bounds = { limit: query.top ?? twinCount, bytesMax: Number.MAX_SAFE_INTEGER };
    return comparable(query, (await queries.group(hubGeneration, query, bounds)) ?? []);
  }
  const limit = query.top ?? twinCount;
  const found = await queries.find(hubGeneration, query, { after: beginning, limit });
  const read = await queries.read(
    found.map(({ id }) => id),
    Number.MAX_SAFE_INTEGER,
  );
  const documents = found.map(({ id }) => read.get(id)!);
  return answerQuery(
    { ...query, where: undefined },
    documents.map(({ identity, twin }) => formatTwin(identity, twin)),
  );
}

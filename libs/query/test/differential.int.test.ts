/**
 * query-language 21: what SQL finds is what the evaluator finds. A failure prints the seed and the smallest query that
 * shows it; LINCHPIN_TEST_QUERY_SEED repeats it, and LINCHPIN_TEST_QUERY_RUNS looks longer.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testEngines } from '@linchpin/testing';
import fc from 'fast-check';
import pg from 'pg';
import {
  answerQuery,
  parseQuery,
  readGroup,
  SqlParameters,
  toSqlCondition,
  toSqlGroups,
  type JsonObject,
  type Query,
} from '../src/index.js';
import { queryText } from './support/generated-queries.js';
import { generateTwins, toDocument, type Twin } from './support/generated-twins.js';
import { createTables, insertTwin, twinColumns } from './support/twin-tables.js';

const seed = Number(process.env['LINCHPIN_TEST_QUERY_SEED'] ?? randomInt(2 ** 31));
const numRuns = Number(process.env['LINCHPIN_TEST_QUERY_RUNS'] ?? 2_000);
const twinCount = 150;
const schema = `query_${randomUUID().replaceAll('-', '')}`;

let client: pg.Client;
let twins: readonly Twin[];

beforeAll(async () => {
  client = new pg.Client({ connectionString: testEngines().postgresUrl });
  await client.connect();
  await client.query(`create schema ${schema}; set search_path to ${schema}`);
  await createTables(client);
  twins = generateTwins(twinCount, seed).toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.deviceId), Buffer.from(other.deviceId)),
  );
  for (const twin of twins) {
    await insertTwin(client, twin);
  }
});

afterAll(async () => {
  await client.query(`drop schema ${schema} cascade`);
  await client.end();
});

test('query-language 21: SQL and evaluator agree on generated queries over generated twins', async () => {
  let pairs = 0;
  let found = 0;
  await fc.assert(
    fc.asyncProperty(queryText, async (text) => {
      const query = parseQuery(text);
      const documents = twins.filter(isOf(query)).map(toDocument);
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
  const documents = twins.filter(isOf(query)).map(toDocument);
  const begun = performance.now();
  const answer = await answerInSql(query);
  expect(answer).toEqual(comparable(query, answerQuery(query, documents)));
  expect(performance.now() - begun).toBeLessThan(2_000);
});

function isOf({ source }: Query): (twin: Twin) => boolean {
  return ({ moduleId }) => (source === 'devices') === (moduleId === '');
}

/** Of whole documents and projections the rows that are found; of groups, what they are, in an order of their own. */
function comparable({ selection }: Query, rows: readonly JsonObject[]): readonly unknown[] {
  return selection.kind === 'groups' ? rows.map((row) => JSON.stringify(row)).sort() : rows;
}

async function answerInSql(query: Query): Promise<readonly unknown[]> {
  const { source, where, selection, top } = query;
  const parameters = new SqlParameters();
  const condition = where === undefined ? 'true' : toSqlCondition(where, twinColumns, parameters);
  const from =
    'from identities as i join twins as t using (twin_id) join reported_properties as r using (twin_id) ' +
    `where i.module_id ${source === 'devices' ? '=' : '<>'} '' and ${condition}`;
  if (selection.kind !== 'groups') {
    const order = `order by i.device_id, i.module_id limit ${top ?? 'all'}`;
    const rows = await select(`select i.device_id, i.module_id ${from} ${order}`, parameters);
    const names = new Set(rows.map((row) => row.join('/')));
    const documents = twins.filter((twin) => names.has(`${twin.deviceId}/${twin.moduleId}`));
    return answerQuery({ ...query, where: undefined }, documents.map(toDocument));
  }
  const { items, keys } = toSqlGroups(selection, twinColumns, parameters);
  const by = keys.length === 0 ? '' : `group by ${keys.join(', ')} order by ${keys.join(', ')}`;
  const rows = await select(`select ${items.join(', ')} ${from} ${by}`, parameters);
  return comparable(
    query,
    rows.map((row) => readGroup(selection, row)),
  );
}

async function select(text: string, { values }: SqlParameters): Promise<(string | null)[][]> {
  const { rows } = await client.query<(string | null)[]>({
    text,
    values: [...values],
    rowMode: 'array',
  });
  return rows;
}

import { answering, type Database } from '@linchpin/platform/postgres';
import {
  attributePaths,
  readGroup,
  SqlParameters,
  toSqlCondition,
  toSqlGroups,
  type Query,
} from '@linchpin/query';
import { HubError } from '@linchpin/wire';
import { CompiledQuery, sql } from 'kysely';
import type { JsonObject } from '../domain/json-value.js';
import type {
  FoundTwin,
  RowKey,
  ShownTwinParts,
  TwinQueryStore,
} from '../domain/twin-query-store.js';
import { fromTables, queryColumns } from './query-columns.js';
import type { TwinTables } from './schema.js';
import { identityColumns, toTwin, toTwinIdentity, twinColumns } from './twin-row.js';

/** Shorter than who asks waits, turns included. */
export const queryTimeoutMs = 8_000;

export class PostgresTwinQueries implements TwinQueryStore {
  /** @param db its statements end after `queryTimeoutMs` */
  constructor(private readonly db: Database<TwinTables>['db']) {}

  async find(
    hubGeneration: string,
    query: Query,
    { after, limit }: { readonly after: RowKey; readonly limit: number },
  ): Promise<readonly FoundTwin[]> {
    const parameters = new SqlParameters();
    const rows = toRows(hubGeneration, query, parameters);
    const place = `(${parameters.bind(after.deviceId, 'text')}, ${parameters.bind(after.moduleId, 'text')})`;
    const found = await this.#select<FoundRow>(
      `select i.twin_id, i.device_id, i.module_id ${rows} and (i.device_id, i.module_id) > ${place} ` +
        `order by i.device_id, i.module_id limit ${parameters.bind(limit, 'int')}`,
      parameters,
    );
    return found.map((row) => ({
      id: row.twin_id,
      deviceId: row.device_id,
      moduleId: row.module_id,
    }));
  }

  async read(
    ids: readonly string[],
    bytesMax: number,
  ): Promise<ReadonlyMap<string, ShownTwinParts>> {
    const query = this.db
      .with(
        // Materialized: else each document would be written twice to be measured once.
        (cte) => cte('sizes').materialized(),
        (db) =>
          db
            .selectFrom('identities as i')
            .innerJoin('twins as t', 't.twin_id', 'i.twin_id')
            .innerJoin('reported_properties as r', 'r.twin_id', 'i.twin_id')
            .select(['i.twin_id', 'i.device_id', 'i.module_id', jsonBytes.as('bytes')])
            .where('i.twin_id', 'in', [...ids, '0']),
      )
      .with('sums', (db) =>
        db.selectFrom('sizes').select(['twin_id', bytesBefore.as('bytes_before')]),
      )
      .selectFrom('sums')
      .innerJoin('identities', 'identities.twin_id', 'sums.twin_id')
      .innerJoin('twins', 'twins.twin_id', 'sums.twin_id')
      .innerJoin('reported_properties', 'reported_properties.twin_id', 'sums.twin_id')
      .select(['identities.twin_id', ...identityColumns, ...twinColumns])
      .where('bytes_before', '<', bytesMax);
    const rows = await inTime(query.execute());
    return new Map(
      rows.map((row) => [row.twin_id, { identity: toTwinIdentity(row), twin: toTwin(row) }]),
    );
  }

  /** What is too large stays in the database: groups may repeat the strings of all twins in each of their columns. */
  async group(
    hubGeneration: string,
    query: Query,
    { limit, bytesMax }: { readonly limit: number; readonly bytesMax: number },
  ): Promise<readonly JsonObject[] | undefined> {
    const { selection } = query;
    if (selection.kind !== 'groups') {
      throw new Error('a query without groups');
    }
    const parameters = new SqlParameters();
    const { items, keys } = toSqlGroups(selection, queryColumns, parameters);
    const columns = items.map((_, index) => `c${index}` as const);
    const values = items.map((item, index) => `${item} as c${index}`).join(', ');
    const bytes = columns.map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ');
    const rows = toRows(hubGeneration, query, parameters);
    const order = keys.length === 0 ? '' : `order by ${keys.join(', ')}`;
    const by = keys.length === 0 ? '' : `group by ${keys.join(', ')} ${order}`;
    const limited = `${by} limit ${parameters.bind(limit, 'int')}`;
    const fits = `coalesce(sum(${bytes}), 0) <= ${parameters.bind(bytesMax, 'bigint')}`;
    const groups = await this.#select<GroupRow>(
      `with groups as materialized (select row_number() over (${order}) as number, ${values} ${rows} ${limited}), ` +
        `size as (select ${fits} as fits from groups) ` +
        `select fits, groups.* from size left join groups on fits order by number`,
      parameters,
    );
    if (groups[0]?.fits !== true) {
      return undefined;
    }
    return groups
      .filter((row) => row.number !== null)
      .map((row) =>
        readGroup(
          selection,
          columns.map((column) => row[column] ?? null),
        ),
      );
  }

  async #select<Row>(text: string, { values }: SqlParameters): Promise<readonly Row[]> {
    const query = CompiledQuery.raw(text, [...values]) as CompiledQuery<Row>;
    const { rows } = await inTime(this.db.executeQuery(query));
    return rows;
  }
}

/** As they are sent: of a number as 1e300 every digit. */
const jsonBytes = sql<number>`octet_length(t.tags::text) + octet_length(t.desired::text)
  + octet_length(t.desired_metadata::text) + octet_length(r.reported::text) + octet_length(r.reported_metadata::text)`;
const bytesBefore = sql<number>`sum(bytes) over (order by device_id, module_id) - bytes`;

interface GroupRow {
  readonly fits: boolean;
  /** Null where there is no group at all. */
  readonly number: string | null;
  readonly [column: `c${number}`]: string | null;
}

interface FoundRow {
  readonly twin_id: string;
  readonly device_id: string;
  readonly module_id: string;
}

/** What is selected from, and what must be so: words of our own, values bound. */
function toRows(hubGeneration: string, query: Query, parameters: SqlParameters): string {
  const { where, source } = query;
  const hub = parameters.bind(hubGeneration, 'bigint');
  const condition =
    where === undefined ? '' : ` and ${toSqlCondition(where, queryColumns, parameters)}`;
  const kind = source === 'devices' ? "i.module_id = ''" : "i.module_id <> ''";
  const tables = fromTables(attributePaths(query), hub);
  return `from ${tables} where i.hub_generation = ${hub} and ${kind}${condition}`;
}

const statementTimedOut = '57014';

/** A statement that takes too long is no outage: the same query will take as long again. */
async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await answering(work);
  } catch (error) {
    if (error instanceof HubError && codeOf(error.cause) === statementTimedOut) {
      const advice =
        'Narrow it: names of devices, and equality with tags or properties, are found fast';
      throw new HubError(
        'GatewayTimeout',
        `The query was ended after ${queryTimeoutMs / 1000} s. ${advice}.`,
        { cause: error },
      );
    }
    throw error;
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

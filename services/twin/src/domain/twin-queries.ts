/** Queries over the twins of a hub, page by page (query-language.md part A, service-rest.md section 8). */
import { parseQuery, project, QueryError, type Query } from '@linchpin/query';
import { HubError } from '@linchpin/wire';
import { Continuations, type Seal } from './continuations.js';
import type { JsonObject } from './json-value.js';
import { formatTwin } from './twin-json.js';
import type { FoundTwin, TwinQueryStore } from './twin-query-store.js';

interface QueryRequest {
  readonly hubGeneration: string;
  readonly text: string;
  /** Rows; what is larger than may be is cut to it. */
  readonly pageSize: number | undefined;
  /** Of the page before, for the same text. */
  readonly continuation: string | undefined;
}

export interface QueryPage {
  /** One JSON array. */
  readonly rowsJson: string;
  readonly rowKind: 'Twin' | 'Raw';
  /** Undefined on the last page. */
  readonly continuation: string | undefined;
}

interface TwinQueriesParts {
  readonly store: TwinQueryStore;
  readonly seal: Seal;
}

const pageSizeMax = 1_000;
/** A page ends behind the row with which it has so many, however few they are. */
const pageBytesMax = 4 * 1024 * 1024;
/** A row may name the same large properties many times; whoever asks takes answers of 16 MiB. */
const rowBytesMax = 8 * 1024 * 1024;
/** Whole twins that are in memory at once besides those of the page, and of how much JSON but for the last one. */
const readAtOnce = 100;
const readBytesMax = 4 * 1024 * 1024;
/** They come in one page. */
const groupsMax = 1_000;
const groupsBytesMax = 4 * 1024 * 1024;

export class TwinQueries {
  readonly #continuations: Continuations;

  constructor(private readonly parts: TwinQueriesParts) {
    this.#continuations = new Continuations(parts.seal);
  }

  /**
   * @throws HubError ArgumentInvalid for a query or a continuation that is none, FeatureNotSupported for jobs,
   *   GatewayTimeout for what takes too long
   */
  async run(request: QueryRequest): Promise<QueryPage> {
    const query = readQuery(request.text);
    if (query.source === 'devices.jobs') {
      throw new HubError('FeatureNotSupported', 'devices.jobs: jobs are not served yet.');
    }
    return query.selection.kind === 'groups'
      ? this.#runGroups(request, query)
      : this.#runRows(request, query);
  }

  async #runGroups(request: QueryRequest, query: Query): Promise<QueryPage> {
    if (request.continuation !== undefined) {
      throw new HubError(
        'ArgumentInvalid',
        'The continuation is not of this query, whose groups are one page.',
      );
    }
    const limit = Math.min(query.top ?? Infinity, groupsMax + 1);
    const bounds = { limit, bytesMax: groupsBytesMax };
    const groups = await this.parts.store.group(request.hubGeneration, query, bounds);
    if (groups === undefined) {
      const advice = 'select less, or narrow the query by WHERE';
      throw new HubError(
        'ArgumentInvalid',
        `The groups have more than ${groupsBytesMax} bytes: ${advice}.`,
      );
    }
    if (groups.length > groupsMax) {
      const advice = 'group by something that has fewer values, or narrow the query by WHERE';
      throw new HubError('ArgumentInvalid', `There are more than ${groupsMax} groups: ${advice}.`);
    }
    return { rowsJson: JSON.stringify(groups), rowKind: 'Raw', continuation: undefined };
  }

  async #runRows(request: QueryRequest, query: Query): Promise<QueryPage> {
    const place = { hubGeneration: request.hubGeneration, text: request.text };
    const { after, given } = this.#continuations.open(request.continuation, place);
    const wanted = (query.top ?? Infinity) - given;
    const limit = Math.min(readPageSize(request.pageSize), wanted);
    const found = await this.parts.store.find(request.hubGeneration, query, {
      after,
      limit: Math.min(limit + 1, wanted),
    });
    const page = await this.#read(query, found.slice(0, limit));
    const isMore = page.passed < found.length;
    const last = found[page.passed - 1];
    return {
      rowsJson: `[${page.rows.join(',')}]`,
      rowKind: query.selection.kind === 'all' ? 'Twin' : 'Raw',
      continuation:
        isMore && last !== undefined
          ? this.#continuations.seal({ after: last, given: given + page.rows.length }, place)
          : undefined,
    };
  }

  /** As many as fit; a twin that has gone since it was found is passed over. */
  async #read(
    query: Query,
    found: readonly FoundTwin[],
  ): Promise<{ readonly rows: readonly string[]; readonly passed: number }> {
    const rows: string[] = [];
    let bytes = 0;
    let passed = 0;
    while (passed < found.length && bytes < pageBytesMax) {
      const ids = found.slice(passed, passed + readAtOnce).map(({ id }) => id);
      const twins = await this.parts.store.read(ids, readBytesMax);
      // What was not read comes next; when nothing was, all of them have gone.
      const read =
        twins.size === 0 ? ids : ids.slice(0, 1 + ids.findLastIndex((id) => twins.has(id)));
      for (const id of read) {
        const shown = twins.get(id);
        passed += 1;
        if (shown !== undefined) {
          const row = JSON.stringify(show(query, formatTwin(shown.identity, shown.twin)));
          const rowBytes = Buffer.byteLength(row);
          if (rowBytes > rowBytesMax) {
            throw rowTooLarge(rowBytes);
          }
          rows.push(row);
          bytes += rowBytes;
        }
        if (bytes >= pageBytesMax) {
          break;
        }
      }
    }
    return { rows, passed };
  }
}

function readQuery(text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof QueryError) {
      const message = 'The query is invalid. Please check the format of the query and try again.';
      throw new HubError('ArgumentInvalid', `${message} ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function rowTooLarge(bytes: number): HubError {
  return new HubError(
    'ArgumentInvalid',
    `A row has ${bytes} bytes, more than ${rowBytesMax}: select less.`,
  );
}

function readPageSize(size = pageSizeMax): number {
  if (size < 1) {
    throw new HubError('ArgumentInvalid', 'A page has at least one row.');
  }
  return Math.min(size, pageSizeMax);
}

function show({ selection }: Query, twin: JsonObject): JsonObject {
  return selection.kind === 'projection' ? project(selection.items, twin) : twin;
}

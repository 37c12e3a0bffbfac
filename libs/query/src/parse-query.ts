import { checkQuery } from './check-query.js';
import type { Query } from './query.js';
import { QueryError } from './query-error.js';
import { readQuery } from './read-query.js';

/**
 * A query over twins, modules or jobs (query-language.md part A).
 *
 * @throws QueryError for whatever is wrong with it
 */
export function parseQuery(text: string): Query {
  return checkQuery(readQuery(text), (offset, fault) => new QueryError(text, offset, fault));
}

import type { HubId } from '@linchpin/wire';

export interface TwinQuery {
  /** In the language of query-language.md part A. */
  readonly text: string;
  /** Rows; what is larger than may be is cut to it. */
  readonly pageSize: number | undefined;
  /** Of the page before, for the same text. */
  readonly continuation: string | undefined;
}

export interface QueryPage {
  /** One array. */
  readonly rowsJson: string;
  /** Whether its rows are whole twins, or what the query made of them. */
  readonly rowKind: 'Twin' | 'Raw';
  /** Undefined on the last page. */
  readonly continuation: string | undefined;
}

/** Throws HubError, in the words of the service that keeps the twins. */
export interface TwinQueries {
  run(hub: HubId, query: TwinQuery): Promise<QueryPage>;
}

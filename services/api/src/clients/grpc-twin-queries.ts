import { QueryRowKind, wordOf, type TwinQueriesClient } from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { QueryPage, TwinQueries, TwinQuery } from '../domain/twin-queries.js';

/** Longer than a query may run there, so that who sent one that does hears of it. */
const deadlineMs = 20_000;

const rowKindMessages: Readonly<Record<QueryPage['rowKind'], QueryRowKind>> = {
  Twin: QueryRowKind.TWIN,
  Raw: QueryRowKind.RAW,
};

/** Queries over twins, asked of the service that keeps them. */
export class GrpcTwinQueries implements TwinQueries {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: TwinQueriesClient) {}

  async run({ hub, hubGeneration }: HubId, { text, ...page }: TwinQuery): Promise<QueryPage> {
    const { rowsJson, rowKind, continuation } = await this.#calls.call(
      hub,
      this.client.runQuery.bind(this.client),
      { hub, hubGeneration, query: text, ...page },
      { name: 'TwinQueries/RunQuery' },
    );
    return { rowsJson, rowKind: wordOf(rowKindMessages, rowKind) ?? 'Raw', continuation };
  }
}

/** The twin service's rpc of queries, which knows no language and gives back what a test has put there. */
import { QueryRowKind, type RunQueryRequest, type RunQueryResponse } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

interface FakeQueries {
  readonly requests: RunQueryRequest[];
  /** Of every query; an error is thrown. */
  answer: RunQueryResponse | HubError;
  readonly rpcs: Record<string, (request: never) => object>;
}

export function fakeTwinQueries(): FakeQueries {
  const fake: FakeQueries = {
    requests: [],
    answer: { rowsJson: '[]', rowKind: QueryRowKind.TWIN },
    rpcs: {
      runQuery: (request: RunQueryRequest) => {
        fake.requests.push(request);
        if (fake.answer instanceof HubError) {
          throw fake.answer;
        }
        return fake.answer;
      },
    },
  };
  return fake;
}

import {
  QueryRowKind,
  type RunQueryRequest,
  type RunQueryResponse,
  type TwinQueriesService,
} from '@linchpin/contracts';
import type { TurnsByName } from '@linchpin/fairness';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { TwinQueries } from '../domain/twin-queries.js';

export interface TwinQueriesControllerParts {
  readonly queries: TwinQueries;
  /** Of hubs: each leaves connections to others. */
  readonly queryTurns: TurnsByName;
}

export const twinQueriesControllerParts = Symbol('TwinQueriesControllerParts');

const rowKinds = { Twin: QueryRowKind.TWIN, Raw: QueryRowKind.RAW } as const;

@Controller()
export class TwinQueriesController implements RpcHandlers<typeof TwinQueriesService> {
  constructor(
    @Inject(twinQueriesControllerParts) private readonly parts: TwinQueriesControllerParts,
  ) {}

  @GrpcMethod('TwinQueries', 'runQuery')
  async runQuery(request: RunQueryRequest): Promise<RunQueryResponse> {
    const { hubGeneration, query: text, pageSize, continuation } = request;
    const { queries, queryTurns } = this.parts;
    const { rowKind, ...page } = await queryTurns.inTurn(hubGeneration, () =>
      queries.run({ hubGeneration, text, pageSize, continuation }),
    );
    return { ...page, rowKind: rowKinds[rowKind] };
  }
}

import type { Metadata, ServiceError } from '@grpc/grpc-js';

/** An rpc of a generated client, as `callUnary` calls it. */
export type UnaryRpc<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: UnaryCallOptions,
  callback: (error: ServiceError | null, response?: Response) => void,
) => Cancellable;

interface UnaryCallOptions {
  /** As of `Date.now()`. */
  readonly deadline: number;
}

export interface Cancellable {
  cancel(): void;
}

/** `/package.Service/Method`, as generated services have it. */
export type RpcPath = `/${string}/${string}`;

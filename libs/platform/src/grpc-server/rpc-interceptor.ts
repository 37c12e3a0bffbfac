import type { ServerUnaryCall } from '@grpc/grpc-js';

/** An rpc that is being served. */
export type RpcCall = ServerUnaryCall<Readonly<Record<string, unknown>>, unknown>;

/** What every rpc of a process has around it. */
export interface RpcInterceptor {
  /** @param next does the rest, once */
  intercept(call: RpcCall, next: () => Promise<unknown>): Promise<unknown>;
}

/** Serves a call within all interceptors, the first of them outermost. */
export function withinAll(
  interceptors: readonly RpcInterceptor[],
  call: RpcCall,
  serve: () => Promise<unknown>,
): Promise<unknown> {
  return interceptors.reduceRight<() => Promise<unknown>>(
    (next, interceptor) => () => interceptor.intercept(call, next),
    serve,
  )();
}

import type { Metadata } from '@grpc/grpc-js';

/** An rpc that is being served: what a `ServerUnaryCall` of grpc-js and a call that came on a stream both have. */
export interface RpcCall {
  readonly request: Readonly<Record<string, unknown>>;
  readonly metadata: Metadata;
  /** `/linchpin.registry.v1.Registry/GetIdentity` */
  getPath(): string;
  /** Nobody waits for its answer any more; the event of this name tells when that comes. */
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
  off(event: 'cancelled', listener: () => void): unknown;
}

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

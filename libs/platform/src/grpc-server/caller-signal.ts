import { AsyncLocalStorage } from 'node:async_hooks';
import assert from 'node:assert';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';

const storage = new AsyncLocalStorage<AbortSignal>();

/**
 * Of the rpc that is being served: aborts when nobody waits for its answer any more, since the caller took
 * it back, is gone, or its deadline is over.
 */
export function callerSignal(): AbortSignal {
  const signal = storage.getStore();
  assert(signal !== undefined, 'an rpc is being served');
  return signal;
}

/** Gives each rpc its `callerSignal`. */
export class CallerSignalInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2);
    const left = new AbortController();
    // grpc-js says it at the end of every call.
    call.once('cancelled', () => {
      left.abort();
    });
    if (call.cancelled) {
      left.abort();
    }
    return from(storage.run(left.signal, () => lastValueFrom(next.handle())));
  }
}

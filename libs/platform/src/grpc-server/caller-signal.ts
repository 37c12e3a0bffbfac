import { AsyncLocalStorage } from 'node:async_hooks';
import assert from 'node:assert';
import type { RpcCall, RpcInterceptor } from './rpc-interceptor.js';

const storage = new AsyncLocalStorage<RpcCaller>();

/**
 * Of the rpc that is being served: aborts when nobody waits for its answer any more, since the caller took
 * it back, is gone, or its deadline is over.
 */
export function callerSignal(): AbortSignal {
  const caller = storage.getStore();
  assert(caller !== undefined, 'an rpc is being served');
  return caller.signal;
}

/** Gives each rpc its `callerSignal`. */
export class CallerSignalInterceptor implements RpcInterceptor {
  async intercept(call: RpcCall, next: () => Promise<unknown>): Promise<unknown> {
    const caller = new RpcCaller(call);
    try {
      return await storage.run(caller, next);
    } finally {
      caller.answered();
    }
  }
}

/** Listens to the call once somebody asks: most rpcs are over too soon for anybody to leave. */
class RpcCaller {
  #left: AbortController | undefined;
  readonly #leave = (): void => {
    this.#left?.abort();
  };

  constructor(private readonly call: RpcCall) {}

  get signal(): AbortSignal {
    if (this.#left === undefined) {
      this.#left = new AbortController();
      this.call.once('cancelled', this.#leave);
      if (this.call.cancelled) {
        this.#leave();
      }
    }
    return this.#left.signal;
  }

  /** grpc-js says `cancelled` at the end of every call, which is no news then. */
  answered(): void {
    this.call.off('cancelled', this.#leave);
  }
}

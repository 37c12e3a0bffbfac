import type { RpcCall } from './rpc-interceptor.js';

/** Whoever waits for the answer of an rpc that is being served. */
export class RpcCaller {
  /** When its call came, by `performance.now()`; it may have waited for its turn since. */
  readonly arrivedMs = performance.now();
  #left: AbortController | undefined;
  readonly #leave = (): void => {
    this.#left?.abort();
  };

  constructor(private readonly call: RpcCall) {}

  /**
   * Aborts when nobody waits any more, since the caller took the call back, is gone, or its deadline is over. It
   * listens to the call once somebody asks: most rpcs are over too soon for anybody to leave.
   */
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

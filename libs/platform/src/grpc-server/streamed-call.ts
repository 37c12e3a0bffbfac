import { EventEmitter } from 'node:events';
import type { Metadata } from '@grpc/grpc-js';
import type { RpcCall } from './rpc-interceptor.js';

/** An rpc that came in a frame of a call stream. */
export class StreamedCall extends EventEmitter<{ cancelled: [] }> implements RpcCall {
  #isCancelled = false;

  constructor(
    private readonly path: string,
    readonly request: RpcCall['request'],
    readonly metadata: Metadata,
  ) {
    super();
  }

  get cancelled(): boolean {
    return this.#isCancelled;
  }

  getPath(): string {
    return this.path;
  }

  /** Its caller took it back, or is gone. */
  cancel(): void {
    this.#isCancelled = true;
    this.emit('cancelled');
  }
}

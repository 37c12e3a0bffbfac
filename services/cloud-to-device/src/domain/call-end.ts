import { HubError } from '@linchpin/wire';

/**
 * How one call may end by others than the device: whoever called has left, the time for the device to connect
 * is over, or the process stops. The signals' reasons are HubErrors.
 */
export class CallEnd {
  readonly #call = new AbortController();
  /** Made for those who wait: most devices are there. */
  #wait: AbortController | undefined;
  #waitReason: HubError | undefined;
  readonly #onLeft = (): void => {
    this.end(new HubError('RequestCanceled', 'The caller took the request back.'));
  };

  constructor(private readonly caller: AbortSignal) {
    caller.addEventListener('abort', this.#onLeft, { once: true });
    if (caller.aborted) {
      this.#onLeft();
    }
  }

  /** Of the whole call. */
  get call(): AbortSignal {
    return this.#call.signal;
  }

  /** Of the wait for the device; a request that is on its way to it goes on. */
  get wait(): AbortSignal {
    this.#wait ??= new AbortController();
    if (this.#waitReason !== undefined) {
      this.#wait.abort(this.#waitReason);
    }
    return this.#wait.signal;
  }

  endWait(reason: HubError): void {
    this.#waitReason ??= reason;
    this.#wait?.abort(reason);
  }

  end(reason: HubError): void {
    this.endWait(reason);
    this.#call.abort(reason);
  }

  /** Nothing ends the call any more. */
  close(): void {
    this.caller.removeEventListener('abort', this.#onLeft);
  }
}

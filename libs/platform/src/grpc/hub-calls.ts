import { TurnsByName } from '@linchpin/fairness';
import { callUnary, type UnaryOptions } from './client.js';
import type { UnaryRpc } from './unary-rpc.js';

/** More than a callee carries out at once for a hub, so that none of its turns stays empty. */
const atOnceMax = 64;
/** Of the time for a call. */
const waitShare = 0.75;

/**
 * Calls of one service, so many about each hub on their way at once. HTTP/2 has a bound for those of a connection,
 * behind which all others wait: a hub that asks for thousands of things would have the calls about others wait for its
 * own.
 */
export class HubCalls {
  readonly #turns: TurnsByName;

  /** @param deadlineMs of each call, the wait for its turn included */
  constructor(private readonly deadlineMs: number) {
    this.#turns = new TurnsByName({ atOnceMax, waitMsMax: waitShare * deadlineMs });
  }

  /** @throws HubError as `callUnary`; `ServiceUnavailable` also when its turn does not come in time */
  call<Request, Response>(
    hub: string,
    rpc: UnaryRpc<Request, Response>,
    request: Request,
    options: Omit<UnaryOptions, 'deadlineMs'>,
  ): Promise<Response> {
    const begunMs = performance.now();
    return this.#turns.inTurn(hub, () => {
      const waitedMs = performance.now() - begunMs;
      return callUnary(rpc, request, { ...options, deadlineMs: this.deadlineMs - waitedMs });
    });
  }
}

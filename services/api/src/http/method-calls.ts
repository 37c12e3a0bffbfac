import type { IncomingMessage } from 'node:http';
import type { BegunRequest } from '@linchpin/platform/http-server';
import { azureLimits, HubError, type DeviceIdentityId } from '@linchpin/wire';
import type { DirectMethods, MethodRequest, MethodResult } from '../domain/direct-methods.js';
import type { HubThrottles } from '../domain/hub-throttles.js';
import { callerOf, contextOf } from './request-context.js';

/** Direct methods count by chunks of so many bytes (security-limits.md section 10). */
const chunkBytes = 4 * 1024;

/** What a request takes beside its payload while a method runs (README.md). */
const waitingBytes = 32 * 1024;

/** Direct methods for requests, which may take ten minutes: what that means for the request. */
export class MethodCalls {
  constructor(
    private readonly methods: DirectMethods,
    private readonly throttles: HubThrottles,
  ) {}

  /**
   * @param request its body has been read
   * @throws HubError as `DirectMethods`; `ThrottlingException` or its kin; `ClientClosedRequest` when the client
   *   has left, who takes the method back so
   */
  async invoke(
    request: IncomingMessage,
    identity: DeviceIdentityId,
    method: MethodRequest,
  ): Promise<MethodResult> {
    const { requestBytes, room, begun, startedMs } = contextOf(request);
    const caller = callerOf(request);
    const chunks = Math.max(1, Math.ceil(requestBytes / chunkBytes));
    await this.throttles.charge(caller, 'methodBytes', chunks * chunkBytes);
    const waitMs = 1_000 * (method.connectTimeoutSeconds + method.responseTimeoutSeconds);
    // The body has gone on as the payload; others may have its memory.
    room?.resize(waitingBytes + method.payload.length);
    begun.allow(waitMs);
    const end = new MethodEnd(begun, startedMs + waitMs - azureLimits.methodWaitEarlierMs);
    try {
      return await this.methods.invoke(caller, identity, method, end.signal);
    } catch (error) {
      throw end.signal.aborted ? end.signal.reason : error;
    } finally {
      end.close();
    }
  }
}

/** Ends a method for whom nobody waits any more; the signal's reasons are HubErrors. */
class MethodEnd {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param endMs as `performance.now()` counts */
  constructor(begun: BegunRequest, endMs: number) {
    this.#timer = setTimeout(() => {
      this.#controller.abort(
        new HubError('GatewayTimeout', 'Timed out waiting for the response from device.'),
      );
    }, endMs - performance.now());
    begun.onGone(() => {
      this.#controller.abort(new HubError('ClientClosedRequest', 'The connection was closed.'));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Direct methods of one connection (device-mqtt.md section 8). */
import { isUtf8 } from 'node:buffer';
import { azureLimits, HubError } from '@linchpin/wire';

export interface MethodRequest {
  readonly name: string;
  /** JSON, never empty. */
  readonly payload: Buffer;
  /** From the moment it is sent to the device. */
  readonly responseTimeoutMs: number;
}

export interface MethodResponse {
  /** Any integer. */
  readonly status: number;
  /** JSON. */
  readonly payload: Buffer;
}

/** As the device gets it. */
export interface SentMethod extends MethodRequest {
  /** Of `[0-9a-z]`, unique in the connection. */
  readonly requestId: string;
}

type Outcome = MethodResponse | HubError;

export class MethodCalls {
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  #lastId = 0;

  /** @param send hands it to the device. @throws HubError when that is not possible */
  constructor(private readonly send: (method: SentMethod) => void) {}

  /**
   * @throws HubError `DeviceMaximumInflightMethodExceeded`, what `send` throws, `GatewayTimeout` without a
   *   response in time, `GenericBadGateway` for one that is no JSON, `MessageTooLarge` for one of more than
   *   128 KB, `DeviceConnectionClosedRemotely` when the connection ends, `RequestCanceled` by the signal
   */
  async call(request: MethodRequest, signal: AbortSignal): Promise<MethodResponse> {
    if (this.#waiting.size >= azureLimits.methodsInFlightMax) {
      throw new HubError(
        'DeviceMaximumInflightMethodExceeded',
        `${azureLimits.methodsInFlightMax} methods wait for this device already.`,
      );
    }
    this.#lastId += 1;
    const requestId = this.#lastId.toString(36);
    this.send({ ...request, requestId });
    const outcome = await this.#outcomeOf(requestId, request.responseTimeoutMs, signal);
    if (outcome instanceof HubError) {
      throw outcome;
    }
    return outcome;
  }

  /** Hands a response to whom it answers; one that nobody waits for is dropped. @param payload JSON, or empty */
  respond(requestId: string, status: number, payload: Buffer): void {
    const settle = this.#waiting.get(requestId);
    settle?.(judge(payload) ?? { status, payload: payload.length === 0 ? jsonNull : payload });
  }

  /** The connection ends, and no response comes any more. */
  end(): void {
    const error = new HubError(
      'DeviceConnectionClosedRemotely',
      'The connection of the device ended before it responded.',
    );
    for (const settle of [...this.#waiting.values()]) {
      settle(error);
    }
  }

  #outcomeOf(requestId: string, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        this.#waiting.delete(requestId);
        clearTimeout(timer);
        signal.removeEventListener('abort', takeBack);
        resolve(outcome);
      };
      const takeBack = (): void => {
        settle(new HubError('RequestCanceled', 'The request was taken back.'));
      };
      const timer = setTimeout(() => {
        const message = 'Timed out waiting for the response from device.';
        settle(new HubError('GatewayTimeout', message));
      }, timeoutMs);
      this.#waiting.set(requestId, settle);
      signal.addEventListener('abort', takeBack);
      if (signal.aborted) {
        takeBack();
      }
    });
  }
}

const jsonNull = Buffer.from('null');

/** What is wrong with a device's response, if something is. */
function judge(payload: Buffer): HubError | undefined {
  if (payload.length > azureLimits.methodPayloadBytesMax) {
    return new HubError(
      'MessageTooLarge',
      `The response has ${payload.length} bytes; ${azureLimits.methodPayloadBytesMax} are allowed.`,
    );
  }
  if (payload.length > 0 && !isJson(payload)) {
    return new HubError('GenericBadGateway', 'The response of the device is not JSON.');
  }
  return undefined;
}

function isJson(payload: Buffer): boolean {
  if (!isUtf8(payload)) {
    return false;
  }
  try {
    JSON.parse(payload.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

import { InFlight } from '@linchpin/platform/in-flight';
import { azureLimits, HubError } from '@linchpin/wire';
import { CallEnd } from './call-end.js';
import type { CallPlaces } from './call-places.js';
import type { Arrivals, DeviceGateways, Holder, Presence } from './device-gateways.js';
import type { Identities } from './identities.js';
import type { MethodAnswer, MethodCall } from './method-call.js';

interface InvokeMethodParts {
  readonly presence: Presence;
  readonly arrivals: Arrivals;
  readonly gateways: DeviceGateways;
  readonly identities: Identities;
  readonly places: CallPlaces;
}

/** A connection that could not take the call is asked again after so many looks without an announcement. */
const looksPerQuestion = 10;

/**
 * Brings a method to its device and the answer back. Nothing is stored and nothing sent twice: once a gateway
 * may have asked the device, the call ends with what comes of that.
 */
export class InvokeMethod {
  readonly #running = new InFlight<CallEnd>();
  #lastId = 0;
  #isStopping = false;

  constructor(private readonly parts: InvokeMethodParts) {}

  get running(): number {
    return this.#running.size;
  }

  /**
   * @param caller takes the call back
   * @throws HubError `DeviceNotFound`, `ModuleNotFound`, `DeviceNotOnline`, `GatewayTimeout` and what else
   *   service-rest.md section 9 names
   */
  async invoke(call: MethodCall, caller: AbortSignal): Promise<MethodAnswer> {
    const room = this.parts.places.enter(call);
    const end = new CallEnd(caller);
    this.#lastId += 1;
    const id = this.#lastId;
    this.#running.set(id, end);
    if (this.#isStopping) {
      end.endWait(stopping());
    }
    try {
      return await this.#reach(call, end);
    } catch (error) {
      throw end.call.aborted ? end.call.reason : error;
    } finally {
      this.#running.take(id);
      end.close();
      room.leave();
    }
  }

  /** Nobody waits for a device to connect any more; devices that were asked may answer. */
  stopWaiting(): void {
    this.#isStopping = true;
    for (const end of this.#running.values()) {
      end.endWait(stopping());
    }
  }

  /** Nobody waits for an answer any more. */
  stop(): void {
    for (const end of this.#running.values()) {
      end.end(stopping());
    }
  }

  async #reach(call: MethodCall, end: CallEnd): Promise<MethodAnswer> {
    const search = new DeviceSearch(this.parts, call, end.call);
    const look = await search.ask(true);
    if (look.answer !== undefined) {
      return look.answer;
    }
    if (look.isHeld && call.connectTimeoutSeconds === 0) {
      throw notOnline(call);
    }
    search.meant = await this.parts.identities.generationOf(call, call.identity);
    if (call.connectTimeoutSeconds === 0) {
      throw notOnline(call);
    }
    return this.parts.places.waiting(call, () => this.#awaitDevice(search, call, end));
  }

  async #awaitDevice(search: DeviceSearch, call: MethodCall, end: CallEnd): Promise<MethodAnswer> {
    const waitMs = call.connectTimeoutSeconds * 1_000 - azureLimits.methodWaitEarlierMs;
    const timer = setTimeout(() => {
      end.endWait(notOnline(call));
    }, waitMs);
    try {
      const watch = await this.parts.arrivals.watch(call.hub, call.identity);
      try {
        let isAnnounced = true;
        for (;;) {
          const { answer } = await search.ask(isAnnounced);
          if (answer !== undefined) {
            return answer;
          }
          isAnnounced = await watch.next(end.wait);
        }
      } finally {
        watch.close();
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Look {
  /** Whether the identity is connected, able to take the call or not. */
  readonly isHeld: boolean;
  readonly answer: MethodAnswer | undefined;
}

/** The device's connection, wherever it is, as one call looks for it. */
class DeviceSearch {
  /** The one that could not take the call. */
  #asked: string | undefined;
  #looksSince = 0;
  /** The identity's generation: who is made again under its id meanwhile is not asked. Undefined: whoever has the id. */
  meant: string | undefined;

  constructor(
    private readonly parts: InvokeMethodParts,
    private readonly call: MethodCall,
    private readonly signal: AbortSignal,
  ) {}

  /** @param isAnnounced whether a connection that could not take the call may take it by now */
  async ask(isAnnounced: boolean): Promise<Look> {
    const { presence, gateways } = this.parts;
    const { hub, hubGeneration, identity } = this.call;
    const holder = await presence.holderOf(hub, identity);
    this.signal.throwIfAborted();
    const isMeant = holder?.hubGeneration === hubGeneration && this.#means(holder);
    if (!isMeant) {
      return { isHeld: false, answer: undefined };
    }
    const { address, connectionId } = holder;
    this.#looksSince += 1;
    const isNews = isAnnounced || connectionId !== this.#asked;
    if (address === undefined || !(isNews || this.#looksSince > looksPerQuestion)) {
      return { isHeld: true, answer: undefined };
    }
    this.#asked = connectionId;
    this.#looksSince = 0;
    const answer = await gateways.deliver(address, connectionId, this.call, this.signal);
    return { isHeld: true, answer };
  }

  #means({ generationId }: Holder): boolean {
    return this.meant === undefined || this.meant === generationId;
  }
}

function notOnline({ identity, connectTimeoutSeconds: seconds }: MethodCall): HubError {
  const { deviceId, moduleId } = identity;
  const who = moduleId === undefined ? `Device ${deviceId}` : `Module ${moduleId} of ${deviceId}`;
  return new HubError(
    'DeviceNotOnline',
    seconds === 0
      ? `${who} is not connected, or has not subscribed to methods.`
      : 'Timed out waiting for device to connect.',
    { details: { timeout: formatTimeout(seconds) } },
  );
}

/** `hh:mm:ss` */
function formatTimeout(seconds: number): string {
  return [seconds / 3_600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
}

function stopping(): HubError {
  return new HubError('ServiceUnavailable', 'This process stops; try again.', {
    retryAfterMs: 1_000,
  });
}

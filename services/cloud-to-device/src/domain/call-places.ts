import { NamedRooms, type Room } from '@linchpin/fairness';
import { azureLimits, HubError, identityKey } from '@linchpin/wire';
import type { MethodCall } from './method-call.js';

/** What a call takes beside its payload, as it waits (README.md, "Memory"). */
export const callBytes = 64 * 1024;
/** As it came, and as it is on its way to the device. */
const payloadCopies = 2;

const retryAfterMs = 1_000;

/**
 * Who may wait in this process, and how many. Hubs share its memory: one of them leaves as much free as it
 * has. Of one device no more calls wait than it would be sent at once when it came.
 */
export class CallPlaces {
  readonly #rooms: NamedRooms;
  readonly #waiting = new Map<string, number>();

  constructor(bytes: number) {
    this.#rooms = new NamedRooms(bytes);
  }

  /** Of all calls together. */
  get heldBytes(): number {
    return this.#rooms.heldBytes;
  }

  /** For the whole call. @throws HubError `ServiceUnavailable` */
  enter({ hub, payload }: MethodCall): Room {
    const room = this.#rooms.enter(hub);
    if (!room.widen(callBytes + payloadCopies * payload.length)) {
      room.leave();
      throw new HubError(
        'ServiceUnavailable',
        'Too many methods of the hub wait for devices or their answers; try again.',
        { retryAfterMs },
      );
    }
    return room;
  }

  /**
   * Does `work` while it has a place among those that wait for the device to connect.
   *
   * @throws HubError `DeviceMaximumInflightMethodExceeded`
   */
  async waiting<Result>(call: MethodCall, work: () => Promise<Result>): Promise<Result> {
    const key = identityKey(call.hub, call.identity);
    const others = this.#waiting.get(key) ?? 0;
    if (others >= azureLimits.methodsInFlightMax) {
      throw new HubError(
        'DeviceMaximumInflightMethodExceeded',
        `${others} methods wait for the device to connect already.`,
      );
    }
    this.#waiting.set(key, others + 1);
    try {
      return await work();
    } finally {
      const left = (this.#waiting.get(key) ?? 1) - 1;
      if (left === 0) {
        this.#waiting.delete(key);
      } else {
        this.#waiting.set(key, left);
      }
    }
  }
}

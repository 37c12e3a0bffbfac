import { HoldingSpace, type HeldPart } from '@linchpin/fairness';
import { HubError } from '@linchpin/wire';

/** The memory that one request has while it is served. */
export interface RequestRoom {
  /** Makes it at least so large; false when there is no room for that, or it was left. */
  widen(bytes: number): boolean;

  /** Gives all of it back, once: what comes afterwards holds nothing. */
  leave(): void;
}

interface Holder {
  readonly part: HeldPart;
  requests: number;
}

const retryAfterMs = 1_000;

/**
 * The memory of a process for bodies that are being read and for answers that clients have not taken.
 * Who finds no room is told to come again, and does not wait: a body that waits half read keeps what it
 * has, and several such could keep each other waiting.
 */
export class RequestRooms {
  readonly #space: HoldingSpace;
  readonly #holders = new Map<string, Holder>();

  constructor(bytes: number) {
    this.#space = new HoldingSpace(bytes);
  }

  /**
   * @param name who sends the request: all that is of one name shares a part
   * @throws HubError `ServiceUnavailable`
   */
  enter(name: string, bytes: number): RequestRoom {
    const holder = this.#holders.get(name) ?? { part: this.#space.part(), requests: 0 };
    let heldBytes = 0;
    let isLeft = false;
    const widen = (wantedBytes: number): boolean => {
      const moreBytes = wantedBytes - heldBytes;
      if (isLeft) {
        return false;
      }
      if (moreBytes > 0 && !holder.part.hold(moreBytes)) {
        return false;
      }
      heldBytes = Math.max(heldBytes, wantedBytes);
      return true;
    };
    if (!widen(bytes)) {
      throw noRoom();
    }
    holder.requests += 1;
    this.#holders.set(name, holder);
    return {
      widen,
      leave: () => {
        if (isLeft) {
          return;
        }
        isLeft = true;
        holder.part.release(heldBytes);
        holder.requests -= 1;
        if (holder.requests === 0) {
          this.#holders.delete(name);
        }
      },
    };
  }
}

export function noRoom(): HubError {
  return new HubError(
    'ServiceUnavailable',
    'Bodies that are being read, and answers that are not taken, leave no memory for this request; try again.',
    { retryAfterMs },
  );
}

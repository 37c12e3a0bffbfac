import { NamedRooms, type Room } from '@linchpin/fairness';
import { HubError } from '@linchpin/wire';

const retryAfterMs = 1_000;

/**
 * The memory of a process for bodies that are being read and for answers that clients have not taken.
 * Who finds no room is told to come again, and does not wait: a body that waits half read keeps what it
 * has, and several such could keep each other waiting.
 */
export class RequestRooms {
  readonly #rooms: NamedRooms;

  constructor(bytes: number) {
    this.#rooms = new NamedRooms(bytes);
  }

  /**
   * @param name who sends the request: all that is of one name shares a part
   * @throws HubError `ServiceUnavailable`
   */
  enter(name: string, bytes: number): Room {
    const room = this.#rooms.enter(name);
    if (!room.widen(bytes)) {
      room.leave();
      throw noRoom();
    }
    return room;
  }
}

export function noRoom(): HubError {
  return new HubError(
    'ServiceUnavailable',
    'Bodies that are being read, and answers that are not taken, leave no memory for this request; try again.',
    { retryAfterMs },
  );
}

import type { NamedRooms, Room } from '@linchpin/fairness';
import { azureLimits } from '@linchpin/wire';
import type { AnswerBuffer } from './answer-buffer.js';
import type { ClientSocket } from '../sockets/client-socket.js';

/** As many methods as may be in flight, and some changes of a twin. */
const unreadBytesMax = azureLimits.methodsInFlightMax * azureLimits.methodPayloadBytesMax + 262_144;

/**
 * What one client is sent and has not read yet, as far as the network does not keep it. PUBACKs and their like do
 * not count: for them the client must send, and is not read while it does not read.
 */
export class UnreadBytes {
  #room: Room | undefined;

  /**
   * @param rooms of all connections, by hubs
   * @param hub its name in them
   */
  constructor(
    private readonly socket: ClientSocket,
    private readonly answers: AnswerBuffer,
    private readonly rooms: NamedRooms,
    private readonly hub: string,
  ) {}

  /** Whether so much more may be sent; what does not leave at once takes room until `drained`. */
  admit(bytes: number): boolean {
    const { socket, answers, rooms, hub } = this;
    const waiting = socket.writableLength + answers.bytes;
    const unread = waiting + bytes;
    // Who reads is sent everything, whatever others of its hub leave unread.
    if (waiting === 0 || unread < socket.writableHighWaterMark) {
      return true;
    }
    if (unread > unreadBytesMax) {
      return false;
    }
    this.#room ??= rooms.enter(hub);
    return this.#room.resize(unread);
  }

  /** All has left, or nobody will read it. */
  drained(): void {
    this.#room?.leave();
    this.#room = undefined;
  }
}

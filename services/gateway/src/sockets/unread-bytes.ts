import type { NamedRooms, Room } from '@linchpin/fairness';
import { azureLimits } from '@linchpin/wire';
import type { ClientSocket } from './client-socket.js';

/** Of one device: as many methods as may be in flight, and some changes of a twin. */
export const unreadBytesMax =
  azureLimits.methodsInFlightMax * azureLimits.methodPayloadBytesMax + 262_144;

interface UnreadBytesParts {
  readonly socket: ClientSocket;
  /** What waits to be written to the socket. */
  readonly waiting: () => number;
  /** Of all connections, by hubs. */
  readonly rooms: NamedRooms;
  /** Its name in them. */
  readonly hub: string;
  /** More than of one device, when there are several. */
  readonly bytesMax?: number;
}

/**
 * What one client is sent and has not read yet, as far as the network does not keep it. PUBACKs and their like do
 * not count: for them the client must send, and is not read while it does not read.
 */
export class UnreadBytes {
  #room: Room | undefined;

  constructor(private readonly parts: UnreadBytesParts) {}

  /** Whether so much more may be sent; what does not leave at once takes room until `drained`. */
  admit(bytes: number): boolean {
    const { socket, rooms, hub, bytesMax = unreadBytesMax } = this.parts;
    const waiting = socket.writableLength + this.parts.waiting();
    const unread = waiting + bytes;
    // Who reads is sent everything, whatever others of its hub leave unread.
    if (waiting === 0 || unread < socket.writableHighWaterMark) {
      return true;
    }
    if (unread > bytesMax) {
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

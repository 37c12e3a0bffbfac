import { NamedRooms, type Room } from '@linchpin/fairness';
import { ProtocolViolation } from './protocol-violation.js';

/**
 * The memory that a class of connections may keep together for packets whose end has not come yet, shared
 * by names: whoever comes under a name of his own finds room.
 */
export class PartialPacketBudget {
  readonly #rooms: NamedRooms;

  constructor(bytesMax: number) {
    this.#rooms = new NamedRooms(bytesMax);
  }

  /** Bytes that are kept now. */
  get used(): number {
    return this.#rooms.heldBytes;
  }

  /** Names under which there are connections. */
  get holders(): readonly string[] {
    return this.#rooms.names;
  }

  /** For one more connection, which keeps nothing yet. */
  enter(name: string): PartialPacketReservation {
    return new PartialPacketReservation(this.#rooms.enter(name));
  }
}

/**
 * What one connection keeps. A connection that wants more than there is for its holder is closed: only one
 * that sends slowly holds any. It costs nothing while that does not change.
 */
export class PartialPacketReservation {
  constructor(private readonly room: Room) {}

  /** @throws ProtocolViolation when there is not so much for its holder */
  resize(bytes: number): void {
    if (!this.room.resize(bytes)) {
      throw new ProtocolViolation(
        'a packet that comes slowly, while there is no memory to keep it',
      );
    }
  }

  /** Gives everything back, as the last. */
  leave(): void {
    this.room.leave();
  }
}

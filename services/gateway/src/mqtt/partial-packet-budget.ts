import { HoldingSpace, type HeldPart } from '@linchpin/fairness';
import { ProtocolViolation } from './protocol-violation.js';

/** All connections of one name. */
interface Holder {
  readonly part: HeldPart;
  connections: number;
}

/**
 * The memory that a class of connections may keep together for packets whose end has not come yet. Holders
 * share it, each of them all connections of one name: none keeps more than is left free, so that whoever
 * comes under a name of his own finds room.
 */
export class PartialPacketBudget {
  readonly #space: HoldingSpace;
  readonly #holders = new Map<string, Holder>();

  constructor(private readonly bytesMax: number) {
    this.#space = new HoldingSpace(bytesMax);
  }

  /** Bytes that are kept now. */
  get used(): number {
    return this.bytesMax - this.#space.freeBytes;
  }

  /** Names under which there are connections. */
  get holders(): readonly string[] {
    return [...this.#holders.keys()];
  }

  /** For one more connection, which keeps nothing yet. */
  enter(name: string): PartialPacketReservation {
    const holder = this.#holders.get(name) ?? { part: this.#space.part(), connections: 0 };
    this.#holders.set(name, holder);
    holder.connections += 1;
    return new PartialPacketReservation(holder.part, () => {
      holder.connections -= 1;
      if (holder.connections === 0) {
        this.#holders.delete(name);
      }
    });
  }
}

/**
 * What one connection keeps. A connection that wants more than there is for its holder is closed: only one
 * that sends slowly holds any. It costs nothing while that does not change.
 */
export class PartialPacketReservation {
  #bytes = 0;

  constructor(
    private readonly part: HeldPart,
    private readonly onLeft: () => void,
  ) {}

  /** @throws ProtocolViolation when there is not so much for its holder */
  resize(bytes: number): void {
    const more = bytes - this.#bytes;
    if (more > 0 && !this.part.hold(more)) {
      throw new ProtocolViolation(
        'a packet that comes slowly, while there is no memory to keep it',
      );
    }
    if (more < 0) {
      this.part.release(-more);
    }
    this.#bytes = bytes;
  }

  /** Gives everything back; to be called once, as the last. */
  leave(): void {
    this.resize(0);
    this.onLeft();
  }
}

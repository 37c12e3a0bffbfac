import { HoldingSpace, type HeldPart } from './holding-space.js';

/** All rooms of one name. */
interface Holder {
  readonly part: HeldPart;
  rooms: number;
}

/**
 * Memory for what comes under names, such as addresses or hubs. All that is of one name shares a part of a
 * `HoldingSpace`, so that whoever comes under a name of his own finds room.
 */
export class NamedRooms {
  readonly #space: HoldingSpace;
  readonly #holders = new Map<string, Holder>();

  constructor(private readonly bytes: number) {
    this.#space = new HoldingSpace(bytes);
  }

  /** Of all rooms together. */
  get heldBytes(): number {
    return this.bytes - this.#space.freeBytes;
  }

  /** Those under which there are rooms. */
  get names(): readonly string[] {
    return [...this.#holders.keys()];
  }

  /** One more room, of no bytes yet. */
  enter(name: string): Room {
    const holder = this.#holders.get(name) ?? { part: this.#space.part(), rooms: 0 };
    this.#holders.set(name, holder);
    holder.rooms += 1;
    return new Room(holder.part, () => {
      holder.rooms -= 1;
      if (holder.rooms === 0) {
        this.#holders.delete(name);
      }
    });
  }
}

/** What one connection or one request has. */
export class Room {
  #bytes = 0;
  #isLeft = false;

  constructor(
    private readonly part: HeldPart,
    private readonly onLeft: () => void,
  ) {}

  /** Makes it so large; false, and nothing changed, when there is not so much for its name, or it was left. */
  resize(bytes: number): boolean {
    const more = bytes - this.#bytes;
    if (this.#isLeft || (more > 0 && !this.part.hold(more))) {
      return false;
    }
    if (more < 0) {
      this.part.release(-more);
    }
    this.#bytes = bytes;
    return true;
  }

  /** Makes it at least so large, as `resize` does. */
  widen(bytes: number): boolean {
    return this.resize(Math.max(bytes, this.#bytes));
  }

  /** Is so large for as long as the work takes, and left then. @returns undefined, without any work, when there is not so much */
  during<Result>(bytes: number, work: () => Promise<Result>): Promise<Result | undefined> {
    const done = this.resize(bytes) ? work() : Promise.resolve(undefined);
    return done.finally(() => {
      this.leave();
    });
  }

  /** Gives all of it back, once: what comes afterwards holds nothing. */
  leave(): void {
    if (!this.#isLeft) {
      this.resize(0);
      this.#isLeft = true;
      this.onLeft();
    }
  }
}

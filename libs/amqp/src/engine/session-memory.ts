import type { Attach } from '../performatives/attach.js';
import type { ByteBudget } from './byte-budget.js';

/**
 * What a session and its links take of their connection's memory. An owner holds a link that it has not decided about
 * also when its client or its session is gone, and with it the session: until it decides, both count.
 */
export class SessionMemory {
  /** By what each link was attached with. */
  readonly #links = new Map<Attach, number>();
  #isOver = false;

  constructor(private readonly endpoints: ByteBudget) {}

  /** @returns false when there is no room for a session */
  begin(): boolean {
    return this.endpoints.take(sessionBytes);
  }

  /** @returns false when there is no room for the link */
  add(attach: Attach, { bytes, elements }: EncodedAttach): boolean {
    const taken = linkBytes + bytes + elementBytes * elements;
    const hasRoom = this.endpoints.take(taken);
    if (hasRoom) {
      this.#links.set(attach, taken);
    }
    return hasRoom;
  }

  /** The link is over, and its owner has decided about it. */
  forget(attach: Attach): void {
    this.endpoints.giveBack(this.#links.get(attach) ?? 0);
    this.#links.delete(attach);
    this.#giveBackIfUnused();
  }

  /** The session is over. */
  end(): void {
    this.#isOver = true;
    this.#giveBackIfUnused();
  }

  #giveBackIfUnused(): void {
    if (this.#isOver && this.#links.size === 0) {
      this.endpoints.giveBack(sessionBytes);
    }
  }
}

interface EncodedAttach {
  readonly bytes: number;
  /** Values within others. */
  readonly elements: number;
}

/** What a session takes without its links, about. */
const sessionBytes = 2_048;

/** What a link takes beside what it was attached with, about. */
const linkBytes = 512;

/** What a value within another takes beside its bytes, about. */
const elementBytes = 64;

import type { NamedRooms, Room } from '@linchpin/fairness';
import { HubError } from '@linchpin/wire';
import type { RawWill } from './connect.js';

/**
 * The will of one connection until it is due. A device may have one of 128 KB without ever sending anything, so
 * the memory for them is shared by hubs; a will for which there is none left is forgotten.
 */
export class KeptWill {
  #room: Room | undefined;
  #isForgotten = false;

  constructor(
    private will: RawWill | undefined,
    private readonly rooms: NamedRooms,
  ) {}

  /** Takes room among the wills of the hub, once. A client does not fail to connect because there is none. */
  keepFor(hub: string): void {
    if (this.will !== undefined && this.#room === undefined) {
      this.#room = this.rooms.enter(hub);
      this.#isForgotten = !this.#room.resize(bytesOf(this.will));
      this.will = this.#isForgotten ? undefined : this.will;
    }
  }

  /** @returns undefined when the client has none @throws HubError `ServiceUnavailable` when it was forgotten */
  get due(): RawWill | undefined {
    if (this.#isForgotten) {
      throw new HubError('ServiceUnavailable', 'The wills of its hub left no memory for it.');
    }
    return this.will;
  }

  /** It was sent, or never will be. */
  leave(): void {
    this.#room?.leave();
    this.will = undefined;
  }
}

/** A character of a topic takes two bytes when one of the topic is none of Latin-1. */
function bytesOf({ topic, payload }: RawWill): number {
  return 2 * topic.length + payload.length;
}

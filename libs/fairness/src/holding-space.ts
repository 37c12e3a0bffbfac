/** What one holder has of the space. */
export interface HeldPart {
  /** Takes room for so many bytes; false when there is none for this holder. */
  hold(bytes: number): boolean;

  /** Gives so many bytes back. */
  release(bytes: number): void;
}

/**
 * Memory for what waits, shared by holders, such as hubs. One holds no more than what is left free for
 * everybody: of n that want all they can get each has 1/(n + 1) of the space, and a newcomer finds
 * as much free (dynamic thresholds, with α = 1: A. K. Choudhury and E. L. Hahne, "Dynamic Queue Length
 * Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking 6(2), 1998).
 */
export class HoldingSpace {
  #freeBytes: number;

  constructor(bytes: number) {
    this.#freeBytes = bytes;
  }

  /** What nobody holds. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** For one more holder, who holds nothing yet. */
  part(): HeldPart {
    let heldBytes = 0;
    const move = (bytes: number): void => {
      heldBytes += bytes;
      this.#freeBytes -= bytes;
    };
    return {
      hold: (bytes) => {
        const hasRoom = heldBytes + bytes <= this.#freeBytes - bytes;
        if (hasRoom) {
          move(bytes);
        }
        return hasRoom;
      },
      release: (bytes) => {
        move(-bytes);
      },
    };
  }
}

/** What one hub holds of the space. */
export interface HeldPart {
  /** Takes room for a message of so many bytes; false when there is none for this hub. */
  hold(bytes: number): boolean;

  /** Gives the room of such a message back. */
  release(bytes: number): void;
}

/** Beside its own bytes: its places in queues, and what is to happen at its turn. Measured: 1,000. */
const messageOverheadBytes = 1_024;

/**
 * The memory for telemetry that waits for its hub's turn. A hub holds no more than what is left free for
 * everybody: of n hubs that want all they can get each has 1/(n + 1) of the space, and a newcomer finds
 * as much free (dynamic thresholds, with α = 1: A. K. Choudhury and E. L. Hahne, "Dynamic Queue Length
 * Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking 6(2), 1998).
 */
export class HoldingSpace {
  #freeBytes: number;

  constructor(bytes: number) {
    this.#freeBytes = bytes;
  }

  /** For one more hub, which holds nothing yet. */
  part(): HeldPart {
    let heldBytes = 0;
    const move = (bytes: number): void => {
      heldBytes += bytes;
      this.#freeBytes -= bytes;
    };
    return {
      hold: (bytes) => {
        const roomBytes = bytes + messageOverheadBytes;
        const hasRoom = heldBytes + roomBytes <= this.#freeBytes - roomBytes;
        if (hasRoom) {
          move(roomBytes);
        }
        return hasRoom;
      },
      release: (bytes) => {
        move(-(bytes + messageOverheadBytes));
      },
    };
  }
}

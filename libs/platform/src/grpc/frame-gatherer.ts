/** A message has all that waits, and ends with the frame that brings it to so much. */
const messageBytes = 64 * 1024;
/** That are handed to the stream and that it has not said are written: one more than it writes. */
const messagesMax = 2;
/** So much waits, where the peer reads slowly, before its users give it no more. */
const waitingBytesMax = 1024 * 1024;
/** Of each frame beside what its user counts. */
const frameBytes = 64;

interface GatheredFrame<Frame> {
  readonly frame: Frame;
  readonly bytes: number;
}

/**
 * Sends in one message what comes while a process reads what has reached it, since on a stream a message costs ten
 * times a frame. What the peer does not read in time waits here, where it can be taken back.
 */
export class FrameGatherer<Frame extends { readonly id: number }> {
  #gathered: GatheredFrame<Frame>[] = [];
  #bytes = 0;
  #unwritten = 0;
  #willWrite = false;

  /** @param write sends a message, and says when it is written */
  constructor(private readonly write: (frames: readonly Frame[], written: () => void) => void) {}

  get isFull(): boolean {
    return this.#bytes > waitingBytesMax;
  }

  /** @param bytes of its variable parts */
  add(frame: Frame, bytes: number): void {
    this.#gathered.push({ frame, bytes: bytes + frameBytes });
    this.#bytes += bytes + frameBytes;
    if (!this.#willWrite) {
      this.#willWrite = true;
      setImmediate(this.#writeSoon);
    }
  }

  /** Takes back a frame that waits. @returns false when none of this id does */
  takeBack(id: number): boolean {
    const place = this.#gathered.findIndex(({ frame }) => frame.id === id);
    if (place === -1) {
      return false;
    }
    this.#splice(place, 1);
    return true;
  }

  /** Hands all over to the stream, which keeps what it is given before its end. */
  flush(): void {
    while (this.#gathered.length > 0) {
      this.write(this.#takeMessage(), () => undefined);
    }
  }

  /** Forgets what waits, for a stream that is gone. */
  clear(): void {
    this.#splice(0, this.#gathered.length);
  }

  readonly #writeSoon = (): void => {
    this.#willWrite = false;
    this.#write();
  };

  #write(): void {
    while (this.#gathered.length > 0 && this.#unwritten < messagesMax) {
      this.#unwritten += 1;
      this.write(this.#takeMessage(), () => {
        this.#unwritten -= 1;
        this.#write();
      });
    }
  }

  #takeMessage(): Frame[] {
    let count = 0;
    for (let bytes = 0; count < this.#gathered.length && bytes < messageBytes; count += 1) {
      bytes += this.#gathered[count]?.bytes ?? 0;
    }
    return this.#splice(0, count).map(({ frame }) => frame);
  }

  #splice(start: number, count: number): readonly GatheredFrame<Frame>[] {
    const taken = this.#gathered.splice(start, count);
    for (const { bytes } of taken) {
      this.#bytes -= bytes;
    }
    return taken;
  }
}

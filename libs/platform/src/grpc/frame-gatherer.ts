/** A message has all that waits, and ends with the frame that brings it to so much. */
const messageBytes = 256 * 1024;

interface SizedFrame<Frame> {
  readonly frame: Frame;
  readonly bytes: number;
}

/**
 * Sends in one message what comes while a process reads what has reached it, since on a stream a message costs ten
 * times a frame. What the stream does not take now waits: its users bound how many calls are on their way.
 */
export class FrameGatherer<Frame> {
  #gathered: SizedFrame<Frame>[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #isFull = false;

  /** @param write sends a message; false when the stream takes no more before `drained` */
  constructor(private readonly write: (frames: readonly Frame[]) => boolean) {}

  add(frame: Frame, bytes: number): void {
    this.#gathered.push({ frame, bytes });
    this.#flushing ??= setImmediate(this.#flushSoon);
  }

  /** The stream takes more. */
  drained(): void {
    this.#isFull = false;
    this.#write();
  }

  /** Hands all over to the stream, before its end. */
  flush(): void {
    while (this.#gathered.length > 0) {
      this.drained();
    }
  }

  /** Forgets what waits, for a stream that is gone. */
  clear(): void {
    this.#gathered = [];
    clearImmediate(this.#flushing);
  }

  readonly #flushSoon = (): void => {
    this.#flushing = undefined;
    this.#write();
  };

  #write(): void {
    while (this.#gathered.length > 0 && !this.#isFull) {
      this.#isFull = !this.write(this.#takeMessage());
    }
  }

  #takeMessage(): Frame[] {
    let bytes = 0;
    const end = this.#gathered.findIndex((next) => (bytes += next.bytes) >= messageBytes);
    const taken = this.#gathered.splice(0, end === -1 ? this.#gathered.length : end + 1);
    return taken.map(({ frame }) => frame);
  }
}

import { Duplex } from 'node:stream';

/**
 * One end of a connection in memory. It behaves as a TCP socket of Node does: bytes arrive later than
 * they are written, a peer that does not read holds up the writer, an end is seen as an end, and a
 * reset as an error. There is no network, no port and no time in between.
 */
export class InMemorySocket extends Duplex {
  #peer: InMemorySocket | undefined;
  /** The peer's write that waits until this end is read. */
  #blocked: ((error?: Error) => void) | undefined;

  private constructor() {
    super({ allowHalfOpen: false });
  }

  /** Two ends of one connection. */
  static pair(): [InMemorySocket, InMemorySocket] {
    const ends = [new InMemorySocket(), new InMemorySocket()] as const;
    ends[0].#peer = ends[1];
    ends[1].#peer = ends[0];
    return [...ends];
  }

  /** Closes as a TCP reset does: the peer gets an error, and nothing that was on its way. */
  resetAndDestroy(): void {
    const peer = this.#peer;
    this.#peer = undefined;
    this.destroy();
    peer?.destroy(new Error('read ECONNRESET'));
  }

  override _read(): void {
    const blocked = this.#blocked;
    this.#blocked = undefined;
    blocked?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    setImmediate(() => {
      const peer = this.#peer;
      if (peer === undefined || peer.destroyed) {
        done(new Error('write EPIPE'));
      } else if (peer.push(chunk)) {
        done();
      } else {
        peer.#blocked = done;
      }
    });
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      this.#peer?.push(null);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.#peer;
    this.#blocked?.(new Error('write EPIPE'));
    if (peer !== undefined && !peer.destroyed && !this.writableFinished) {
      setImmediate(() => peer.push(null));
    }
    done(error);
  }
}

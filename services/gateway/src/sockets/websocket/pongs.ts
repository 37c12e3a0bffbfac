import type { ClientSocket } from '../client-socket.js';
import { encodeControlFrame } from './encode-frames.js';
import { opcodes } from './opcodes.js';

/** Answers pings: of those that come while the client does not read, the latest (RFC 6455 section 5.5.3). */
export class Pongs {
  #isUnwritten = false;
  #latest: Buffer | undefined;

  constructor(private readonly socket: ClientSocket) {}

  answer(payload: Buffer): void {
    if (this.#isUnwritten) {
      this.#latest = payload;
      return;
    }
    this.#isUnwritten = true;
    this.socket.write(encodeControlFrame(opcodes.pong, payload), (error) => {
      this.#written(error);
    });
  }

  #written(error: Error | null | undefined): void {
    this.#isUnwritten = false;
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest !== undefined && !error && this.socket.writable) {
      this.answer(latest);
    }
  }
}

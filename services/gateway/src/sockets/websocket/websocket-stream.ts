import { Duplex } from 'node:stream';
import { closeSoon, type ClientSocket } from '../client-socket.js';
import { decodeCloseCode, encodeCloseCode } from './close-code.js';
import { encodeBinaryFrames, encodeControlFrame } from './encode-frames.js';
import { FrameDecoder } from './frame-decoder.js';
import { opcodes } from './opcodes.js';
import { Pongs } from './pongs.js';
import { closeCodes, WebSocketFault } from './websocket-fault.js';

/**
 * What a client's binary messages carry, as a stream of bytes: where messages begin and end means nothing to what is
 * spoken inside. It behaves as the socket below it does: what is written counts (`writableLength`) until the network
 * has taken it; who does not read it holds the client up; the client's close is its end, behind which what was
 * written leaves before the answer; `end` says close and waits for the client's, as long as `closeSoon` does; and
 * nothing is finished before the socket is.
 */
export class WebSocketStream extends Duplex {
  readonly #decoder: FrameDecoder;
  readonly #pongs: Pongs;
  /** What came and is not decoded, for the one who reads has enough. */
  #undecoded: Buffer;
  #isWanted = false;
  /** The client says no more, or nothing that is listened to. */
  #isInputOver = false;
  #isCloseSent = false;
  /** What the client's close is answered with, or says it first. */
  #closeCode: number | undefined = closeCodes.normal;
  #finished: (() => void) | undefined;

  /** @param head what came behind the handshake already */
  constructor(
    private readonly socket: ClientSocket,
    head: Buffer,
  ) {
    const { writableHighWaterMark } = socket;
    // A piece may have one byte, and weighs a hundred: no more than one waits, the rest as it came.
    super({ allowHalfOpen: false, readableHighWaterMark: 1, writableHighWaterMark });
    this.#undecoded = head;
    this.#pongs = new Pongs(socket);
    this.#decoder = new FrameDecoder({
      onPayload: (piece) => this.#onPayload(piece),
      onPing: (payload) => {
        this.#onPing(payload);
      },
      onClose: (payload) => {
        this.#closeCode = decodeCloseCode(payload);
        this.#endInput();
      },
    });
    socket.pause();
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
    socket.on('end', () => {
      this.#endInput();
    });
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      this.#onSocketClosed();
    });
  }

  override _read(): void {
    this.#isWanted = true;
    this.#decode();
    this.#readIfWanted();
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#send([chunk], done);
  }

  /** What gathers while the network takes no more leaves in as few messages as can be. */
  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: Done): void {
    this.#finished = done;
    this.#sendClose(this.#closeCode);
    this.#closeIfOver();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#isInputOver = true;
    if (error instanceof WebSocketFault && !this.socket.destroyed) {
      this.#sendClose(error.closeCode);
      closeSoon(this.socket);
    } else {
      this.socket.destroy();
    }
    done(error);
  }

  #onData(chunk: Buffer): void {
    if (!this.#isInputOver) {
      this.#undecoded = chunk;
      this.#decode();
      this.#readIfWanted();
    }
  }

  #decode(): void {
    const bytes = this.#undecoded;
    this.#undecoded = noBytes;
    try {
      this.#undecoded = this.#decoder.push(bytes);
    } catch (error) {
      if (!(error instanceof WebSocketFault)) {
        throw error;
      }
      this.destroy(error);
    }
  }

  #readIfWanted(): void {
    if (this.#isInputOver) {
      return;
    }
    if (this.#isWanted) {
      this.socket.resume();
    } else {
      this.socket.pause();
    }
  }

  #onPayload(piece: Buffer): boolean {
    this.#isWanted = this.push(piece);
    return this.#isWanted;
  }

  #onPing(payload: Buffer): void {
    if (!this.#isCloseSent) {
      this.#pongs.answer(payload);
    }
  }

  /** Without a close frame, too: the connection has ended. What comes behind one waits to be dropped. */
  #endInput(): void {
    if (this.#isInputOver) {
      return;
    }
    this.#isInputOver = true;
    this.push(null);
    this.socket.pause();
    this.#closeIfOver();
  }

  #send(chunks: readonly Buffer[], done: Done): void {
    const parts = encodeBinaryFrames(chunks);
    const last = parts.pop();
    if (last === undefined) {
      done();
      return;
    }
    this.socket.cork();
    for (const part of parts) {
      this.socket.write(part);
    }
    this.socket.write(last, done);
    this.socket.uncork();
  }

  #sendClose(code: number | undefined): void {
    if (this.#isCloseSent || !this.socket.writable) {
      return;
    }
    this.#isCloseSent = true;
    this.socket.write(encodeControlFrame(opcodes.close, encodeCloseCode(code)));
  }

  /** Both have said close, and it is the server that ends the connection (RFC 6455 section 7.1.1). */
  #closeIfOver(): void {
    if (this.#finished === undefined || !this.#isInputOver) {
      return;
    }
    if (this.socket.destroyed) {
      this.#finished();
    } else {
      closeSoon(this.socket);
    }
  }

  #onSocketClosed(): void {
    if (this.#isInputOver) {
      this.#finished?.();
    } else {
      this.destroy();
    }
  }
}

type Done = (error?: Error | null) => void;

const noBytes = Buffer.alloc(0);

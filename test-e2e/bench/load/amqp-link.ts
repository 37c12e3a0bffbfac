import { descriptorOf, descriptors, endOfFrame, hexOfFrame, readSaslCode } from './amqp-frames.js';
import { closeFrame, type AmqpOpening } from './amqp-opening.js';
import type { Endpoint } from './load-connection.js';
import { LoadSocket } from './load-socket.js';
import { UnitStream } from './unit-stream.js';

interface FrameListener {
  onFrame(descriptor: number, bytes: Buffer, start: number, end: number): void;
  /** All that came at once was told. */
  turnEnded(): void;
}

/** A device of the load generator by AMQP: one connection, one session and one link. */
export class AmqpLink {
  #listener: FrameListener | undefined;
  #onReady: () => void = () => undefined;
  #onEnded: (error: Error) => void = () => undefined;

  private constructor(
    private readonly socket: LoadSocket,
    private readonly opening: AmqpOpening,
  ) {
    const frames = new UnitStream(endOfFrame, (bytes, start, end) => {
      this.#onFrame(bytes, start, end);
    });
    socket.onBytes((chunk) => {
      frames.push(chunk);
      this.#listener?.turnEnded();
    });
  }

  /** Resolves once the link may be used. @throws Error when the device is not let in */
  static async open(
    endpoint: Endpoint,
    opening: AmqpOpening,
    onLost: (error: Error) => void,
  ): Promise<AmqpLink> {
    const ended = { tell: onLost };
    const socket = await LoadSocket.open(endpoint, (error) => {
      ended.tell(error);
    });
    const link = new AmqpLink(socket, opening);
    await new Promise<void>((resolve, reject) => {
      link.#onReady = resolve;
      link.#onEnded = ended.tell = reject;
      socket.write(opening.sasl);
    });
    link.#onEnded = ended.tell = onLost;
    return link;
  }

  listen(listener: FrameListener): void {
    this.#listener = listener;
  }

  send(frames: Buffer): void {
    this.socket.write(frames);
  }

  close(): Promise<void> {
    return this.socket.close(closeFrame);
  }

  #onFrame(bytes: Buffer, start: number, end: number): void {
    const descriptor = descriptorOf(bytes, start, end);
    switch (descriptor) {
      case undefined:
        break;
      case descriptors.saslOutcome:
        this.#onOutcome(readSaslCode(bytes, start));
        break;
      case descriptors.detach:
      case descriptors.end:
      case descriptors.close:
        this.#onEnded(new Error(`the server ended a link: ${hexOfFrame(bytes, start)}`));
        break;
      default:
        if (descriptor === this.opening.readyAt) {
          this.#onReady();
        }
        this.#listener?.onFrame(descriptor, bytes, start, end);
    }
  }

  #onOutcome(code: number): void {
    if (code === 0) {
      this.socket.write(this.opening.link);
    } else {
      this.#onEnded(new Error(`the outcome of SASL is ${code}`));
    }
  }
}

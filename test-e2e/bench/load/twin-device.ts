/**
 * A device of the load generator that reports properties, one patch after the other: each waits for the answer
 * to the one before. What the hub sends is read no further than it must be:
 *
 *     SUBACK = 0x90 …      PUBLISH = 0x30 length:varint topicLength:uint16 "$iothub/twin/res/204/…" …
 */
import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { generate } from 'mqtt-packet';
import type { Endpoint } from './load-connection.js';

const answers = '$iothub/twin/res/';
const publishType = 3;
const closeMs = 10_000;

export class TwinDevice {
  #rest: Buffer = Buffer.alloc(0);
  #isClosing = false;
  #sentMs = 0;
  #number = 0;
  #onAnswer: (status: string, ms: number) => void = () => undefined;

  private constructor(
    private readonly socket: TLSSocket,
    onLost: (error: Error) => void,
  ) {
    let failure: Error | undefined;
    socket.on('error', (error: Error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (!this.#isClosing) {
        onLost(failure ?? new Error('the server closed a connection'));
      }
    });
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
  }

  /** Resolves once it has sent what it will be answered by. */
  static async open(
    { host, port, secureContext }: Endpoint,
    connectPacket: Buffer,
    onLost: (error: Error) => void,
  ): Promise<TwinDevice> {
    const socket = connectTls({ host, port, secureContext });
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    const device = new TwinDevice(socket, onLost);
    const topic = `${answers}#`;
    const subscriptions = [{ topic, qos: 0 as const }];
    const subscribe = generate({ cmd: 'subscribe', messageId: 1, subscriptions });
    socket.write(Buffer.concat([connectPacket, subscribe]));
    return device;
  }

  /** @param onAnswer hears of each answer: its status, and how long it took */
  listen(onAnswer: (status: string, ms: number) => void): void {
    this.#onAnswer = onAnswer;
  }

  report(): void {
    this.#number += 1;
    const payload = JSON.stringify({
      temperature: 20 + (this.#number % 10),
      status: { firmware: '1.4.2', restarts: this.#number },
    });
    const topic = `$iothub/twin/PATCH/properties/reported/?$rid=${this.#number}`;
    this.#sentMs = performance.now();
    this.socket.write(
      generate({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false }),
    );
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.socket.destroyed) {
      return;
    }
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.end(generate({ cmd: 'disconnect' }));
    const timer = setTimeout(() => {
      this.socket.destroy();
    }, closeMs);
    await closed;
    clearTimeout(timer);
  }

  #onData(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = endOfPacket(bytes); end !== undefined; end = endOfPacket(bytes)) {
      this.#onPacket(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }

  #onPacket(packet: Buffer): void {
    if ((packet[0] ?? 0) >> 4 !== publishType) {
      return;
    }
    const status = packet.indexOf(answers) + answers.length;
    this.#onAnswer(packet.toString('latin1', status, status + 3), performance.now() - this.#sentMs);
  }
}

/** Of a fixed header and what it announces; undefined while not all of it is there. */
function endOfPacket(bytes: Buffer): number | undefined {
  let length = 0;
  for (let index = 1; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    length += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) {
      const end = index + 1 + length;
      return end <= bytes.length ? end : undefined;
    }
  }
  return undefined;
}

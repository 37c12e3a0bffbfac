/**
 * A device of the load generator that reports properties, one patch after the other: each waits for the answer
 * to the one before. What the hub sends is read no further than it must be:
 *
 *     SUBACK = 0x90 …      PUBLISH = 0x30 length:varint topicLength:uint16 "$iothub/twin/res/204/…" …
 */
import { generate } from 'mqtt-packet';
import type { Device } from '../devices.js';
import type { Endpoint } from './load-connection.js';
import { LoadSocket } from './load-socket.js';
import { disconnectPacket, endOfPacket } from './mqtt-packets.js';
import { UnitStream } from './unit-stream.js';

const answers = '$iothub/twin/res/';
const publishType = 3;

export class TwinDevice {
  #sentMs = 0;
  #number = 0;
  #onAnswer: (status: string, ms: number) => void = () => undefined;

  private constructor(private readonly socket: LoadSocket) {
    const packets = new UnitStream(endOfPacket, (bytes, start, end) => {
      this.#onPacket(bytes.subarray(start, end));
    });
    socket.onBytes((chunk) => {
      packets.push(chunk);
    });
  }

  /** Resolves once it has sent what it will be answered by. */
  static async open(
    endpoint: Endpoint,
    { connectPacket }: Device,
    onLost: (error: Error) => void,
  ): Promise<TwinDevice> {
    const socket = await LoadSocket.open(endpoint, onLost);
    const device = new TwinDevice(socket);
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

  close(): Promise<void> {
    return this.socket.close(disconnectPacket);
  }

  #onPacket(packet: Buffer): void {
    if ((packet[0] ?? 0) >> 4 !== publishType) {
      return;
    }
    const status = packet.indexOf(answers) + answers.length;
    this.#onAnswer(packet.toString('latin1', status, status + 3), performance.now() - this.#sentMs);
  }
}

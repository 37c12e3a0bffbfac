/**
 * A device of the load generator by MQTT: it connects, sends the bytes it is told to, and counts what is
 * acknowledged. Every answer that it can get has four bytes, so that no decoder is needed:
 *
 *     CONNACK = 0x20 2 flags code          PUBACK = 0x40 2 packetId:uint16
 */
import type { Device } from '../devices.js';
import type { AcknowledgementListener, Endpoint, LoadConnection } from './load-connection.js';
import { LoadSocket } from './load-socket.js';
import { disconnectPacket } from './mqtt-packets.js';

const answerLength = 4;
const connackByte = 0x20;
const pubackByte = 0x40;

export class MqttConnection implements LoadConnection {
  #rest: Buffer = Buffer.alloc(0);
  #listener: AcknowledgementListener | undefined;

  private constructor(private readonly socket: LoadSocket) {
    socket.onBytes((chunk) => {
      this.#onData(chunk);
    });
  }

  /** Resolves once CONNACK let it in. @throws Error when it did not */
  static async open(
    endpoint: Endpoint,
    { connectPacket }: Device,
    onLost: (error: Error) => void,
  ): Promise<MqttConnection> {
    const socket = await LoadSocket.open(endpoint, onLost);
    const answer = await socket.ask(connectPacket, ({ length }) => length >= answerLength);
    if (answer.length !== answerLength || answer[0] !== connackByte || answer[3] !== 0) {
      await socket.close(disconnectPacket);
      throw new Error(`CONNECT was answered with ${answer.toString('hex')}`);
    }
    return new MqttConnection(socket);
  }

  listen(listener: AcknowledgementListener): void {
    this.#listener = listener;
  }

  send(packets: Buffer): void {
    this.socket.write(packets);
  }

  close(): Promise<void> {
    return this.socket.close(disconnectPacket);
  }

  #onData(chunk: Buffer): void {
    const nowMs = performance.now();
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.length - (bytes.length % answerLength);
    this.#rest = bytes.subarray(end);
    for (let start = 0; start < end; start += answerLength) {
      if (bytes[start] !== pubackByte) {
        throw new Error(`instead of PUBACK came ${bytes.toString('hex', start, end)}`);
      }
      this.#listener?.acknowledged(bytes.readUInt16BE(start + 2), nowMs);
    }
    this.#listener?.turnEnded();
  }
}

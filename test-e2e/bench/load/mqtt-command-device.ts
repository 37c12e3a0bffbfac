/**
 * A device of the load generator that takes commands by MQTT. What the hub sends is read no further than it must be:
 *
 *     SUBACK = 0x90 …      PUBLISH = 0x32 length:varint topicLength:uint16 topic packetId:uint16 payload
 */
import { generate } from 'mqtt-packet';
import type { Device } from '../devices.js';
import { numberOfCommand } from './command-body.js';
import type { CommandDevice, CommandDeviceListener } from './command-device.js';
import type { Endpoint } from './load-connection.js';
import { LoadSocket } from './load-socket.js';
import { bodyOfPacket, disconnectPacket, endOfPacket } from './mqtt-packets.js';
import { UnitStream } from './unit-stream.js';

const subackType = 9;
const publishType = 3;

export class MqttCommandDevice implements CommandDevice {
  #onSubscribed: () => void = () => undefined;

  private constructor(
    private readonly socket: LoadSocket,
    private readonly listener: CommandDeviceListener,
  ) {
    const packets = new UnitStream(endOfPacket, (bytes, start, end) => {
      this.#onPacket(bytes, start, end);
    });
    socket.onBytes((chunk) => {
      packets.push(chunk);
    });
  }

  /** Resolves once it is subscribed. */
  static async open(
    endpoint: Endpoint,
    { id, connectPacket }: Device,
    listener: CommandDeviceListener,
  ): Promise<MqttCommandDevice> {
    const socket = await LoadSocket.open(endpoint, listener.onLost);
    const device = new MqttCommandDevice(socket, listener);
    const subscribed = new Promise<void>((resolve) => {
      device.#onSubscribed = resolve;
    });
    const subscriptions = [{ topic: `devices/${id}/messages/devicebound/#`, qos: 1 as const }];
    const subscribe = generate({ cmd: 'subscribe', messageId: 1, subscriptions });
    socket.write(Buffer.concat([connectPacket, subscribe]));
    await subscribed;
    return device;
  }

  close(): Promise<void> {
    return this.socket.close(disconnectPacket);
  }

  #onPacket(bytes: Buffer, start: number, end: number): void {
    const type = (bytes[start] ?? 0) >> 4;
    if (type === subackType) {
      this.#onSubscribed();
    } else if (type === publishType) {
      const topic = bodyOfPacket(bytes, start);
      const packetId = topic + 2 + bytes.readUInt16BE(topic);
      this.socket.write(Buffer.from([0x40, 2, bytes[packetId] ?? 0, bytes[packetId + 1] ?? 0]));
      this.listener.onCommand(numberOfCommand(bytes, end));
    }
  }
}

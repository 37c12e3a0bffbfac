import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import { openTls, type DeviceSocketOptions } from '../device-socket.js';
import { connectFields, type TestIdentity } from '../registry.js';
import type { Answer, CommandConnection, Delivery } from './command-connection.js';

const answerMs = 30_000;

/** By MQTT with QoS 1: a device acknowledges, or says nothing. */
export class MqttCommandConnection implements CommandConnection {
  readonly deliveries: Delivery[] = [];
  readonly ended: Promise<void>;
  endedMs = Number.POSITIVE_INFINITY;
  readonly #waiting = new Map<Packet['cmd'], (packet: Packet) => void>();

  private constructor(
    private readonly socket: TLSSocket,
    private readonly answerTo: (id: string) => Answer,
  ) {
    const decoder = parser({ protocolVersion: 4 });
    decoder.on('packet', (packet: Packet) => {
      this.#onPacket(packet);
    });
    socket.on('data', (chunk: Buffer) => {
      // What came behind the end the device has not seen.
      if (this.endedMs === Number.POSITIVE_INFINITY) {
        decoder.parse(chunk);
      }
    });
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.#ends();
        resolve();
      });
    });
  }

  /** Connected and subscribed; undefined when it was not let in. */
  static async open(
    identity: TestIdentity,
    socketOptions: DeviceSocketOptions,
    answerTo: (id: string) => Answer,
  ): Promise<CommandConnection | undefined> {
    const socket = await openTls(socketOptions).catch(() => undefined);
    if (socket === undefined) {
      return undefined;
    }
    const connection = new MqttCommandConnection(socket, answerTo);
    if (!(await connection.#begin(identity))) {
      connection.drop();
    }
    // It may have taken commands before it ended.
    return connection;
  }

  get isOpen(): boolean {
    return this.endedMs === Number.POSITIVE_INFINITY;
  }

  async confirm(): Promise<void> {
    const answered = this.deliveries.filter(({ answer }) => answer !== undefined);
    if ((await this.#ask({ cmd: 'pingreq' }, 'pingresp')) !== undefined) {
      for (const delivery of answered) {
        delivery.isConfirmed = true;
      }
    }
  }

  drop(): void {
    this.#ends();
    this.socket.destroy();
  }

  async #begin(identity: TestIdentity): Promise<boolean> {
    const { deviceId } = identity;
    const connack = await this.#ask(
      {
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: false,
        keepalive: 0,
        ...connectFields(identity),
      },
      'connack',
    );
    if (connack?.cmd !== 'connack' || connack.returnCode !== 0) {
      return false;
    }
    const subscriptions = [
      { topic: `devices/${deviceId}/messages/devicebound/#`, qos: 1 as const },
    ];
    return (
      (await this.#ask({ cmd: 'subscribe', messageId: 1, subscriptions }, 'suback')) !== undefined
    );
  }

  /** @returns undefined when no answer came, or the connection ended before it */
  async #ask(packet: Packet, answer: Packet['cmd']): Promise<Packet | undefined> {
    const patience = new AbortController();
    const answered = new Promise<Packet>((resolve) => {
      this.#waiting.set(answer, resolve);
    });
    this.socket.write(generate(packet));
    const found = await Promise.race([
      answered,
      this.ended.then(() => undefined),
      delay(answerMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    return found;
  }

  #onPacket(packet: Packet): void {
    this.#waiting.get(packet.cmd)?.(packet);
    if (packet.cmd === 'publish' && packet.messageId !== undefined) {
      const id = packet.payload.toString();
      const answer = this.answerTo(id) === 'complete' ? 'complete' : undefined;
      this.deliveries.push({ id, connection: this, answer, isConfirmed: false });
      if (answer === 'complete') {
        this.socket.write(generate({ cmd: 'puback', messageId: packet.messageId }));
      }
    }
  }

  #ends(): void {
    this.endedMs = Math.min(this.endedMs, performance.now());
  }
}

/** One connection of a device that takes commands with QoS 1, and what came on it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import { openTls, type DeviceSocketOptions } from '../device-socket.js';
import { connectFields, type TestIdentity } from '../registry.js';

/** A command as it came on one connection. */
export interface Delivery {
  readonly id: string;
  readonly connection: CommandConnection;
  isAcknowledged: boolean;
  /** The gateway is known to have read the acknowledgement. */
  isConfirmed: boolean;
}

const answerMs = 30_000;

export class CommandConnection {
  readonly deliveries: Delivery[] = [];
  readonly ended: Promise<void>;
  /** As `performance.now()` tells it. */
  endedMs = Number.POSITIVE_INFINITY;
  readonly #waiting = new Map<Packet['cmd'], (packet: Packet) => void>();

  private constructor(
    private readonly socket: TLSSocket,
    private readonly wants: (id: string) => boolean,
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

  /**
   * Connected and subscribed; undefined when it was not let in.
   *
   * @param wants whether the device acknowledges a command
   */
  static async open(
    identity: TestIdentity,
    socketOptions: DeviceSocketOptions,
    wants: (id: string) => boolean,
  ): Promise<CommandConnection | undefined> {
    const socket = await openTls(socketOptions).catch(() => undefined);
    if (socket === undefined) {
      return undefined;
    }
    const connection = new CommandConnection(socket, wants);
    if (!(await connection.#begin(identity))) {
      connection.drop();
    }
    // It may have taken commands before it ended.
    return connection;
  }

  get isOpen(): boolean {
    return this.endedMs === Number.POSITIVE_INFINITY;
  }

  /** What it has acknowledged so far the gateway has read, if the connection lives so long. */
  async confirm(): Promise<void> {
    const acknowledged = this.deliveries.filter(({ isAcknowledged }) => isAcknowledged);
    if ((await this.#ask({ cmd: 'pingreq' }, 'pingresp')) !== undefined) {
      for (const delivery of acknowledged) {
        delivery.isConfirmed = true;
      }
    }
  }

  /** Without DISCONNECT. */
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
      const isAcknowledged = this.wants(id);
      this.deliveries.push({ id, connection: this, isAcknowledged, isConfirmed: false });
      if (isAcknowledged) {
        this.socket.write(generate({ cmd: 'puback', messageId: packet.messageId }));
      }
    }
  }

  #ends(): void {
    this.endedMs = Math.min(this.endedMs, performance.now());
  }
}

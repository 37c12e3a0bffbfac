/**
 * An MQTT client that does what a test says and nothing else: it sends the bytes it is told to, keeps
 * every packet that comes, and never answers or reconnects by itself.
 */
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet';
import { Changes } from './changes.js';
import { startTls, type DeviceSocketOptions } from './device-socket.js';

const answerMs = 15_000;

export class MqttClient {
  /** Every packet that came, in order. */
  readonly received: Packet[] = [];
  readonly closed: Promise<void>;
  readonly #chunks: Buffer[] = [];
  readonly #changes = new Changes();
  #isClosed = false;

  private constructor(readonly socket: TLSSocket) {
    const decoder = parser({ protocolVersion: 4 });
    decoder.on('packet', (packet: Packet) => {
      this.received.push(packet);
      this.#changes.tell();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      decoder.parse(chunk);
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        resolve();
        this.#changes.tell();
      });
    });
  }

  /** Completes the TLS handshake and sends nothing yet. */
  static async open(options: DeviceSocketOptions = {}): Promise<MqttClient> {
    const socket = startTls(options);
    const client = new MqttClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** All that came, in hexadecimal. */
  get hex(): string {
    return Buffer.concat(this.#chunks).toString('hex');
  }

  /** The packets that came, by name, in order. */
  get commands(): Packet['cmd'][] {
    return this.received.map(({ cmd }) => cmd);
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends CONNECT and resolves with the return code of CONNACK, or 'closed' without one. */
  async connect(packet: ConnectFields): Promise<number | 'closed'> {
    this.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
      ...packet,
    });
    const answer = await this.#next((candidate) => candidate.cmd === 'connack');
    return answer?.cmd === 'connack' ? (answer.returnCode ?? 0) : 'closed';
  }

  /** The first packet of that kind that came or comes; rejects when none comes in time. */
  async expect<Command extends Packet['cmd']>(
    cmd: Command,
    matches: (packet: Extract<Packet, { cmd: Command }>) => boolean = () => true,
  ): Promise<Extract<Packet, { cmd: Command }>> {
    const isIt = (packet: Packet): packet is Extract<Packet, { cmd: Command }> =>
      packet.cmd === cmd && matches(packet as Extract<Packet, { cmd: Command }>);
    const packet = await this.#next(isIt);
    if (packet === undefined || !isIt(packet)) {
      throw new Error(`no ${cmd} came; ${this.#isClosed ? 'the connection is closed' : 'timeout'}`);
    }
    return packet;
  }

  /** Resolves when so many packets have come in all; rejects when they don't. */
  async receive(count: number): Promise<void> {
    await this.#next(() => this.received.length >= count);
    if (this.received.length < count) {
      throw new Error(`${this.received.length} of ${count} packets came`);
    }
  }

  /** QoS 1; resolves with its PUBACK. */
  async publish(topic: string, payload: string | Buffer, messageId: number): Promise<void> {
    this.send({ cmd: 'publish', topic, payload, qos: 1, messageId, dup: false, retain: false });
    await this.expect('puback', (packet) => packet.messageId === messageId);
  }

  /** Ends without DISCONNECT. */
  destroy(): void {
    this.socket.destroy();
  }

  async disconnect(): Promise<void> {
    this.send({ cmd: 'disconnect' });
    this.socket.end();
    await this.closed;
  }

  async #next(matches: (packet: Packet) => boolean): Promise<Packet | undefined> {
    const deadline = Date.now() + answerMs;
    for (;;) {
      const found = this.received.find(matches);
      if (found !== undefined || this.#isClosed || Date.now() > deadline) {
        return found;
      }
      await this.#changes.next(deadline - Date.now());
    }
  }
}

export type ConnectFields = Omit<Partial<IConnectPacket>, 'cmd'> & { readonly clientId: string };

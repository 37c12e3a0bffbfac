/**
 * A device that sends numbered messages with QoS 1 as the SDKs do: so many on their way at once, and
 * after a lost connection a new one on which it first sends again, in order, what was not acknowledged.
 * It gives up on a connection as the most impatient SDKs do (device-mqtt.md section 16).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { generate, parser, type Packet } from 'mqtt-packet';
import { eventsTopic } from '../device-client.js';
import { openTls, type DeviceSocketOptions } from '../device-socket.js';
import { connectFields, type TestIdentity } from '../registry.js';
import type { LoadFigures } from './load-figures.js';

interface LoadDeviceOptions {
  readonly identity: TestIdentity;
  readonly figures: LoadFigures;
  /** Messages that may wait for their PUBACK. */
  readonly window: number;
  readonly payloadBytes: number;
  readonly socket?: DeviceSocketOptions | undefined;
}

interface SentMessage {
  readonly number: number;
  /** When it was sent for the first time. */
  readonly sentMs: number;
}

type Socket = Awaited<ReturnType<typeof openTls>>;

/** The C SDK's patience for CONNACK, the C# SDK's for PINGRESP. */
const connackMs = 30_000;
const pingrespMs = 30_000;
/** More often than any SDK, so that a pause shows. */
const pingMs = 5_000;
const backOff = { firstMs: 100, maxMs: 2_000 };

export class LoadDevice {
  /** In the order in which they were sent. */
  readonly #waiting: SentMessage[] = [];
  readonly #topic: string;
  readonly #padding: string;
  readonly #stopping = new AbortController();
  #socket: Socket | undefined;
  #sent = 0;
  #acknowledged = 0;
  #sessions = 0;
  #life: Promise<void> = Promise.resolve();

  constructor(private readonly options: LoadDeviceOptions) {
    this.#topic = eventsTopic(options.identity);
    this.#padding = 'x'.repeat(Math.max(0, options.payloadBytes - 8));
  }

  get deviceId(): string {
    return this.options.identity.deviceId;
  }

  /** The number of the last message; the first one is 1. */
  get sent(): number {
    return this.#sent;
  }

  /** All messages up to this number are acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How many times it was let in. */
  get sessions(): number {
    return this.#sessions;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  start(): void {
    this.#life = this.#live();
  }

  /** Sends the next message, unless so many wait already or there is no connection. */
  send(): boolean {
    if (this.#socket === undefined || this.#waiting.length >= this.options.window) {
      return false;
    }
    this.#sent += 1;
    const message = { number: this.#sent, sentMs: performance.now() };
    this.#waiting.push(message);
    this.#socket.write(this.#publish(message, false));
    return true;
  }

  /** Ends with DISCONNECT. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#socket?.end(generate({ cmd: 'disconnect' }));
    await this.#life;
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopping;
    let waitMs = backOff.firstMs;
    while (!signal.aborted) {
      const wasConnected = await this.#connectOnce();
      waitMs = wasConnected ? backOff.firstMs : Math.min(2 * waitMs, backOff.maxMs);
      await delay(waitMs * Math.random(), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves when the connection has ended: whether there was one. */
  async #connectOnce(): Promise<boolean> {
    const { figures, socket: socketOptions } = this.options;
    let socket: Socket;
    try {
      socket = await openTls(socketOptions);
    } catch {
      figures.unreachable += 1;
      return false;
    }
    socket.on('error', () => undefined);
    const session = new ClientSession(socket, (packetId) => {
      this.#onPuback(packetId);
    });
    const code = await session.connect(this.options.identity);
    if (code !== 0) {
      figures.refusals.set(code, (figures.refusals.get(code) ?? 0) + 1);
      socket.destroy();
      return false;
    }
    figures.sessions += 1;
    this.#sessions += 1;
    this.#begin(socket);
    const why = await session.ended;
    this.#socket = undefined;
    if (!this.#stopping.signal.aborted) {
      figures.disconnects += 1;
      figures.silences += why === 'no-pingresp' ? 1 : 0;
    }
    return true;
  }

  #begin(socket: Socket): void {
    this.#socket = socket;
    const again = this.#waiting.map((message) => this.#publish(message, true));
    this.options.figures.resent += again.length;
    if (again.length > 0) {
      socket.write(Buffer.concat(again));
    }
    if (this.#stopping.signal.aborted) {
      socket.end(generate({ cmd: 'disconnect' }));
    }
  }

  #onPuback(packetId: number): void {
    const message = this.#waiting.shift();
    if (message === undefined || packetIdOf(message) !== packetId) {
      this.options.figures.strayPubacks += 1;
      return;
    }
    this.#acknowledged = message.number;
    this.options.figures.acknowledge(performance.now() - message.sentMs);
  }

  #publish(message: SentMessage, dup: boolean): Buffer {
    return generate({
      cmd: 'publish',
      topic: this.#topic,
      payload: `${message.number} ${this.#padding}`,
      qos: 1,
      messageId: packetIdOf(message),
      dup,
      retain: false,
    });
  }
}

function packetIdOf({ number }: SentMessage): number {
  return ((number - 1) % 65_535) + 1;
}

/** One connection's packets. */
class ClientSession {
  readonly ended: Promise<'closed' | 'no-pingresp'>;
  #onConnack: (code: number) => void = () => undefined;
  #pinged: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly onPuback: (packetId: number) => void,
  ) {
    const decoder = parser({ protocolVersion: 4 });
    decoder.on('packet', (packet: Packet) => {
      this.#onPacket(packet);
    });
    socket.on('data', (chunk: Buffer) => {
      decoder.parse(chunk);
    });
    this.ended = new Promise((resolve) => {
      const pings = setInterval(() => {
        this.#pinged ??= setTimeout(() => {
          resolve('no-pingresp');
          socket.destroy();
        }, pingrespMs);
        socket.write(generate({ cmd: 'pingreq' }));
      }, pingMs);
      socket.once('close', () => {
        clearInterval(pings);
        clearTimeout(this.#pinged);
        resolve('closed');
      });
    });
  }

  /** The code of CONNACK, or what happened instead. */
  async connect(identity: TestIdentity): Promise<number | 'closed' | 'no-connack'> {
    const answer = new Promise<number>((resolve) => {
      this.#onConnack = resolve;
    });
    this.socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: false,
        keepalive: 60,
        ...connectFields(identity),
      }),
    );
    const patience = new AbortController();
    const code = await Promise.race([
      answer,
      this.ended.then(() => 'closed' as const),
      delay(connackMs, 'no-connack' as const, { signal: patience.signal }),
    ]);
    patience.abort();
    return code;
  }

  #onPacket(packet: Packet): void {
    switch (packet.cmd) {
      case 'connack':
        this.#onConnack(packet.returnCode ?? 0);
        return;
      case 'puback':
        this.onPuback(packet.messageId ?? 0);
        return;
      case 'pingresp':
        clearTimeout(this.#pinged);
        this.#pinged = undefined;
        return;
      default:
        return;
    }
  }
}

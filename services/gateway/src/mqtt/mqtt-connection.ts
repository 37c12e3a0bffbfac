import { randomUUID } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { azureLimits } from '@linchpin/wire';
import type { IConnectPacket, ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import type { DeviceConnection } from '../domain/device-connection.js';
import type { EndCause } from '../domain/end-cause.js';
import { ConnectDropped } from '../domain/fault-injection.js';
import type { OpenedSession } from '../domain/open-session.js';
import { connackFor, readConnect, UnsupportedProtocol } from './connect.js';
import { ConnectionDeadlines } from './connection-deadlines.js';
import { decodePacket, packetType, packetTypeOf } from './decode-packet.js';
import type { MqttServices } from './mqtt-services.js';
import { MqttSession } from './mqtt-session.js';
import { PacketStream } from './packet-stream.js';
import { connack, connackCode, pingresp, pubacks } from './packets.js';
import { peerCertificates } from './peer-certificates.js';
import { ProtocolViolation } from './protocol-violation.js';
import { PubackQueue } from './puback-queue.js';
import type { Flushable } from './write-batcher.js';

interface MqttConnectionOptions {
  readonly socket: TLSSocket;
  readonly remoteAddress: string;
  readonly services: MqttServices;
  /** The client's credential was accepted. */
  readonly onConnected: () => void;
  readonly onEnded: () => void;
}

type State = 'awaiting-connect' | 'connecting' | 'connected' | 'ended';

/** A client that does not take the last bytes is not waited for. */
const lastBytesMs = 5_000;

/**
 * One client's connection: bytes to packets, one switch on the packet type, answers back to bytes,
 * and no more reading than can be stored. What the packets mean is the session's part.
 */
export class MqttConnection implements DeviceConnection, Flushable {
  readonly id = randomUUID();
  readonly #packets = new PacketStream(azureLimits.mqttRemainingLengthMax, (packet, bodyStart) => {
    this.#onPacket(packet, bodyStart);
  });
  readonly #pubacks: PubackQueue;
  readonly #deadlines: ConnectionDeadlines;
  #state: State = 'awaiting-connect';
  /** Packets that came behind CONNECT, before its answer. */
  #early: { readonly packet: Buffer; readonly bodyStart: number }[] = [];
  #reservedBytes = 0;
  #isPaused = false;
  #session: MqttSession | undefined;
  #ended: Promise<void> | undefined;

  constructor(private readonly options: MqttConnectionOptions) {
    const { socket, services } = options;
    this.#deadlines = new ConnectionDeadlines(Date.now(), services.limits.connectArrivalMs);
    this.#pubacks = new PubackQueue(
      () => {
        services.writes.schedule(this);
      },
      (error) => {
        this.#fail(error);
      },
    );
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
    socket.on('drain', () => {
      this.#resume();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      void this.end('connection-lost');
    });
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  end(cause: EndCause): Promise<void> {
    this.#ended ??= this.#end(cause);
    return this.#ended;
  }

  async drain(): Promise<void> {
    this.options.socket.pause();
    await this.#pubacks.idle();
    this.flush();
    await this.end('gateway-stopped');
  }

  /** Ends the connection if its time is up. */
  checkDeadlines(nowMs: number): void {
    const cause = this.#deadlines.endCauseAt(nowMs);
    // Silence that the gateway itself imposes is not the client's.
    if (cause !== undefined && !(cause === 'keep-alive-timeout' && this.#isPaused)) {
      void this.end(cause);
    }
  }

  /** Writes the PUBACKs that are due, and reads on when that was what it waited for. */
  flush(): void {
    const packetIds = this.#pubacks.takeReady();
    if (packetIds.length > 0) {
      this.#write(pubacks(packetIds));
    }
    this.#resume();
  }

  #onData(chunk: Buffer): void {
    if (this.isEnded) {
      return;
    }
    this.#deadlines.packetArrived(Date.now());
    try {
      this.#packets.push(chunk);
      this.#reserve(this.#packets.partialBytes);
    } catch (error) {
      this.#fail(error);
    }
    this.#pauseIfNeeded();
  }

  #onPacket(packet: Buffer, bodyStart: number): void {
    switch (this.#state) {
      case 'connected':
        this.#handle(packet, bodyStart);
        return;
      case 'awaiting-connect':
        if (packetTypeOf(packet) !== packetType.connect) {
          throw new ProtocolViolation('the first packet is not CONNECT'); // [MQTT-3.1.0-1]
        }
        this.#state = 'connecting';
        this.options.socket.pause();
        void this.#connect(packet);
        return;
      case 'connecting':
        this.#early.push({ packet, bodyStart });
        return;
      case 'ended':
        return;
    }
  }

  async #connect(packet: Buffer): Promise<void> {
    const { socket, services } = this.options;
    const askedMs = Date.now();
    try {
      const connect = decodePacket(packet) as IConnectPacket;
      const hasPassword = (connect.password?.length ?? 0) > 0;
      const claim = readConnect(connect, hasPassword ? [] : peerCertificates(socket));
      const opened = await services.opener.open(claim, this);
      this.#start(opened, connect, askedMs);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #start(opened: OpenedSession, connect: IConnectPacket, askedMs: number): void {
    const { remoteAddress, services, onConnected } = this.options;
    const { grant } = opened.session;
    this.#session = new MqttSession({
      opened,
      connect,
      services,
      remoteAddress,
      askedMs,
      pubacks: this.#pubacks,
      write: (bytes) => {
        this.#write(bytes);
      },
    });
    this.#deadlines.connected(Date.now(), connect.keepalive ?? 0, grant.expiresAt);
    this.#state = 'connected';
    onConnected();
    this.#write(connack(connackCode.accepted, opened.presence.sessionPresent));
    const early = this.#early;
    this.#early = [];
    try {
      for (const { packet, bodyStart } of early) {
        this.#onPacket(packet, bodyStart);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#pauseIfNeeded();
    if (!this.#isPaused) {
      this.options.socket.resume();
    }
  }

  #handle(packet: Buffer, bodyStart: number): void {
    const session = this.#session;
    if (session === undefined) {
      return;
    }
    switch (packetTypeOf(packet)) {
      case packetType.publish:
        session.publish(packet, bodyStart);
        return;
      case packetType.pingreq:
        expectBare(packet);
        this.#write(pingresp);
        return;
      case packetType.puback:
        // Nothing with QoS 1 is sent yet, and an unknown one is ignored (device-mqtt.md section 7.2).
        decodePacket(packet);
        return;
      case packetType.subscribe:
        this.#await(session.subscribe(decodePacket(packet) as ISubscribePacket));
        return;
      case packetType.unsubscribe:
        this.#await(session.unsubscribe(decodePacket(packet) as IUnsubscribePacket));
        return;
      case packetType.disconnect:
        expectBare(packet);
        void this.end('client-disconnect');
        return;
      default:
        throw new ProtocolViolation(`a packet of type ${packetTypeOf(packet)}`);
    }
  }

  #await(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#fail(error);
    });
  }

  /** The client asked for what it may not have, or the gateway could not do it. */
  #fail(error: unknown): void {
    if (this.isEnded) {
      return;
    }
    if (this.#session === undefined) {
      this.#refuse(error);
      return;
    }
    void this.end(this.#session.fail(error));
  }

  #refuse(error: unknown): void {
    if (this.isEnded) {
      return;
    }
    const { remoteAddress, services } = this.options;
    services.events.connectRefused({ connectionId: this.id, remoteAddress, error });
    if (!(error instanceof ProtocolViolation || error instanceof ConnectDropped)) {
      this.#write(error instanceof UnsupportedProtocol ? error.answer : connackFor(error));
    }
    void this.end('protocol-violation');
  }

  async #end(cause: EndCause): Promise<void> {
    this.#state = 'ended';
    const { socket, onEnded } = this.options;
    this.#reserve(0);
    this.#early = [];
    if (!socket.destroyed) {
      socket.destroySoon();
      setTimeout(() => {
        socket.destroy();
      }, lastBytesMs).unref();
    }
    onEnded();
    this.#session?.end(cause);
    await this.#pubacks.idle();
  }

  #write(bytes: Buffer): void {
    const { socket } = this.options;
    if (socket.writable) {
      socket.write(bytes);
    }
  }

  #reserve(bytes: number): void {
    if (bytes === this.#reservedBytes) {
      return;
    }
    if (!this.options.services.partialPackets.change(this.#reservedBytes, bytes)) {
      throw new ProtocolViolation(
        'a packet that comes slowly, while there is no memory to keep it',
      );
    }
    this.#reservedBytes = bytes;
  }

  get #mustPause(): boolean {
    const { socket, services } = this.options;
    return (
      services.backPressure.isHigh ||
      this.#pubacks.pending >= services.limits.pendingPublishesMax ||
      socket.writableLength > services.limits.unsentBytesMax
    );
  }

  #pauseIfNeeded(): void {
    if (this.#state !== 'connected' || this.#isPaused || !this.#mustPause) {
      return;
    }
    this.#isPaused = true;
    const { socket, services } = this.options;
    socket.pause();
    if (services.backPressure.isHigh) {
      services.backPressure.waitForRelief(() => {
        this.#resume();
      });
    }
  }

  #resume(): void {
    if (!this.#isPaused || this.isEnded || this.#mustPause) {
      return;
    }
    this.#isPaused = false;
    this.#deadlines.packetArrived(Date.now());
    this.options.socket.resume();
  }
}

/** PINGREQ and DISCONNECT have no body, and their flags are 0. */
function expectBare(packet: Buffer): void {
  if (packet.length !== 2 || ((packet[0] ?? 0) & 0x0f) !== 0) {
    throw new ProtocolViolation('a PINGREQ or DISCONNECT with something in it');
  }
}

import { randomUUID } from 'node:crypto';
import { originOf, type ClientSource } from '@linchpin/auth';
import { SpanKind, withSpan } from '@linchpin/platform/tracing';
import { HubError, type EndCause, type HubId } from '@linchpin/wire';
import type { IPubackPacket, ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import type { DeviceConnection } from '../domain/device-connection.js';
import type { DeviceDownlink } from '../domain/device-downlink.js';
import { accessLeftMs } from '../domain/device-session.js';
import { ConnectDropped } from '../domain/fault-injection.js';
import type { ConnectClaim, OpenedSession } from '../domain/open-session.js';
import type { Protocol } from '../events.js';
import { AnswerBuffer } from './answer-buffer.js';
import { BackPressure } from './back-pressure.js';
import { closeSoon } from '../sockets/client-socket.js';
import { connackFor, readConnect, UnsupportedProtocol, type ConnectRequest } from './connect.js';
import { ConnectionDeadlines } from './connection-deadlines.js';
import { decodePacket, expectBare, packetType, packetTypeOf } from './decode-packet.js';
import { IncomingPackets } from './incoming-packets.js';
import { KeptWill } from './kept-will.js';
import type { MqttServices } from './mqtt-services.js';
import { MqttSession } from './mqtt-session.js';
import { connack, connackCode, pingresp, pubacks } from './packets.js';
import { ProtocolViolation } from './protocol-violation.js';
import { PubackQueue } from './puback-queue.js';
import type { AcceptedClient, ListenedConnection } from '../sockets/listened-connections.js';
import { UnreadBytes } from '../sockets/unread-bytes.js';
import type { Flushable } from '../sockets/write-batcher.js';

type MqttConnectionOptions = AcceptedClient & { readonly services: MqttServices };

type State = 'awaiting-connect' | 'connecting' | 'connected' | 'ending' | 'ended';

/**
 * Between a message that its hub's limits refuse and the end of its connection. Some SDKs come back at once
 * with that message (Python's does twenty times a second): every device of the hub would, all day.
 */
const limitPauseMs = 10_000;

/**
 * One client's connection: bytes to packets, one switch on the packet type, answers back to bytes. What
 * the packets mean is the session's part.
 */
export class MqttConnection implements DeviceConnection, ListenedConnection, Flushable {
  readonly id = randomUUID();
  readonly client: ClientSource;
  readonly #protocol: Protocol;
  readonly #incoming: IncomingPackets;
  readonly #pubacks: PubackQueue;
  readonly #deadlines: ConnectionDeadlines;
  #state: State = 'awaiting-connect';
  readonly #answers = new AnswerBuffer();
  #will: KeptWill | undefined;
  #session: MqttSession | undefined;
  #unread: UnreadBytes | undefined;
  /** While the client is connected. */
  #backPressure: BackPressure | undefined;
  #opening: Promise<void> | undefined;
  #ended: Promise<void> | undefined;

  constructor(private readonly options: MqttConnectionOptions) {
    const { socket, services } = options;
    this.client = options.client;
    this.#protocol = options.transport === 'ws' ? 'mqtt-ws' : 'mqtt';
    const { writes, limits, partialInput } = services;
    const origin = originOf(this.client.address);
    this.#incoming = new IncomingPackets(origin, partialInput, (packet, bodyStart) => {
      this.#onPacket(packet, bodyStart);
    });
    this.#deadlines = new ConnectionDeadlines(performance.now(), limits.connectArrivalMs);
    this.#pubacks = new PubackQueue(
      () => {
        writes.schedule(this);
      },
      (error) => {
        this.#fail(error);
      },
    );
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
    socket.on('drain', () => {
      this.#unread?.drained();
      this.#backPressure?.resumeIfPossible();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#state === 'awaiting-connect') {
        services.events.turnedAway(this.client.address, 'no-connect');
      }
      void this.end('connection-lost');
    });
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  async downlink(): Promise<DeviceDownlink | undefined> {
    await this.#opening;
    return this.#state === 'connected' ? this.#session?.downlink : undefined;
  }

  /** @throws ProtocolViolation when what came behind CONNECT is more than its hub may keep */
  proven({ hub }: HubId): void {
    if (!this.isEnded) {
      this.#will?.keepFor(hub);
      this.#incoming.proven(hub);
    }
    this.options.onProven();
  }

  end(cause: EndCause): Promise<void> {
    this.#ended ??= this.#end(cause);
    return this.#ended;
  }

  async drain(): Promise<void> {
    this.#backPressure?.readNoMore();
    this.#session?.deliverNoMore();
    await this.#idle();
    this.flush();
    await this.end('gateway-stopped');
  }

  /** Ends the connection if its time is up. @param nowMs as `performance.now()` tells it */
  checkDeadlines(nowMs: number): void {
    const isSilenced = this.#backPressure?.imposesSilence === true || this.#state === 'connecting';
    if (!isSilenced && this.#incoming.isPartial && this.#deadlines.isPacketLate(nowMs)) {
      this.#fail(new ProtocolViolation('a packet whose end did not come in time'));
    }
    const cause = this.#deadlines.endCauseAt(nowMs);
    if (cause === undefined || (cause === 'keep-alive-timeout' && isSilenced)) {
      return;
    }
    if (this.#state === 'awaiting-connect') {
      this.#refuse(new ProtocolViolation('no CONNECT in time'), undefined);
    } else {
      void this.end(cause);
    }
  }

  /** Writes what has gathered, and reads on when that was what it waited for. */
  flush(): void {
    const packetIds = this.#pubacks.takeReady();
    if (packetIds.length > 0) {
      this.#answers.add(pubacks(packetIds));
    }
    const { socket } = this.options;
    const wasUnread = socket.writableNeedDrain;
    this.#answers.writeTo(socket);
    if (socket.writableNeedDrain && !wasUnread) {
      // From now on the client has to read, however long it was kept waiting before.
      this.#deadlines.signOfLife(performance.now());
    }
    this.#backPressure?.resumeIfPossible();
  }

  #onData(chunk: Buffer): void {
    if (this.isEnded) {
      return;
    }
    const nowMs = performance.now();
    this.#deadlines.signOfLife(nowMs);
    try {
      if (this.#incoming.push(chunk)) {
        this.#deadlines.packetBegan(nowMs);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#backPressure?.pauseIfNeeded();
  }

  #onPacket(packet: Buffer, bodyStart: number): void {
    switch (this.#state) {
      case 'connected':
        this.#handle(packet, bodyStart);
        return;
      case 'awaiting-connect':
        this.#onFirstPacket(packet, bodyStart);
        return;
      case 'connecting':
      case 'ending':
      case 'ended':
        return;
    }
  }

  /** Of its bytes nothing is kept; those behind it are, until it is answered. */
  #onFirstPacket(packet: Buffer, bodyStart: number): void {
    if (packetTypeOf(packet) !== packetType.connect) {
      throw new ProtocolViolation('the first packet is not CONNECT'); // [MQTT-3.1.0-1]
    }
    this.#state = 'connecting';
    this.#incoming.holdBehind(packet);
    this.options.socket.pause();
    const { certificates, services } = this.options;
    const { will, ...request } = readConnect(packet, bodyStart, certificates);
    this.#will = new KeptWill(will, services.wills);
    this.#opening = this.#connect(request);
  }

  async #connect(request: Omit<ConnectRequest, 'will'>): Promise<void> {
    const { services } = this.options;
    const { claim } = request;
    const askedMs = performance.now();
    try {
      if (services.telemetryLog.isOverfull) {
        throw new HubError('ServiceUnavailable', 'Too much telemetry waits; try again.');
      }
      const opened = await this.#open(claim);
      this.#start(opened, request, askedMs);
    } catch (error) {
      this.#refuse(error, claim);
    }
  }

  #open(claim: ConnectClaim): Promise<OpenedSession> {
    const { deviceId, moduleId = '' } = claim.identity;
    const attributes = { host: claim.host, deviceId, moduleId };
    return withSpan({ name: 'MQTT CONNECT', kind: SpanKind.SERVER, attributes }, () =>
      this.options.services.opener.open(claim, this),
    );
  }

  #start(
    opened: OpenedSession,
    { keepAliveSeconds }: Pick<ConnectRequest, 'keepAliveSeconds'>,
    askedMs: number,
  ): void {
    const { services } = this.options;
    if (this.isEnded) {
      void services.opener.close(opened, 'connection-lost');
      return;
    }
    const { session, presence } = opened;
    const nowMs = performance.now();
    const accessMs = accessLeftMs(session.grant, Date.now());
    this.#deadlines.connected(nowMs, keepAliveSeconds, accessMs);
    const { address: remoteAddress } = this.client;
    const record = services.events.connected({
      ...{ session, remoteAddress, protocol: this.#protocol, tookMs: nowMs - askedMs },
    });
    const mqttSession = new MqttSession({
      opened,
      will: this.#will,
      record,
      services,
      pubacks: this.#pubacks,
      answer: (answer) => {
        this.#answer(answer);
      },
      push: (packet) => this.#push(packet),
      onUnread: () => {
        void this.end('not-reading');
      },
    });
    this.#session = mqttSession;
    const { socket } = this.options;
    this.#unread = new UnreadBytes({
      ...{ socket, rooms: services.exchanges, hub: session.grant.hub },
      waiting: () => this.#answers.bytes,
    });
    this.#backPressure = new BackPressure({
      socket: this.options.socket,
      pubacks: this.#pubacks,
      ...{ session: mqttSession, deadlines: this.#deadlines, services },
    });
    this.#state = 'connected';
    this.#opening = undefined;
    this.#answer(connack(connackCode.accepted, presence.sessionPresent));
    this.#readOn();
  }

  /** Turns to what came behind CONNECT: what was read already, then the socket. */
  #readOn(): void {
    try {
      this.#incoming.release();
    } catch (error) {
      this.#fail(error);
    }
    this.#backPressure?.begin();
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
        this.#answer(pingresp);
        return;
      case packetType.puback:
        session.acknowledged(decodePacket(packet) as IPubackPacket);
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

  #await(change: Promise<void>): void {
    this.#backPressure?.changeBegins();
    change.then(
      () => {
        this.#backPressure?.changeKept();
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  /** The client asked for what it may not have, or the gateway could not do it. */
  #fail(error: unknown): void {
    if (this.isEnded || this.#state === 'ending') {
      return;
    }
    if (this.#session === undefined) {
      this.#refuse(error, undefined);
      return;
    }
    const cause = this.#session.fail(error);
    if (cause === 'hub-limit') {
      this.#state = 'ending';
      this.#backPressure?.readNoMore();
      this.#deadlines.endAt(performance.now() + limitPauseMs, cause);
    } else {
      void this.end(cause);
    }
  }

  #refuse(error: unknown, claim: ConnectClaim | undefined): void {
    if (this.isEnded) {
      return;
    }
    const { id: connectionId, client } = this;
    const remoteAddress = client.address;
    this.options.services.events.connectRefused({
      ...{ connectionId, remoteAddress, protocol: this.#protocol, claim, error },
    });
    if (!(error instanceof ProtocolViolation || error instanceof ConnectDropped)) {
      this.#answer(error instanceof UnsupportedProtocol ? error.answer : connackFor(error));
    }
    void this.end('protocol-violation');
  }

  async #end(cause: EndCause): Promise<void> {
    this.#state = 'ended';
    const { socket, onEnded } = this.options;
    this.#incoming.end();
    this.#backPressure = undefined;
    this.#answers.writeTo(socket);
    this.#unread?.drained();
    closeSoon(socket);
    onEnded();
    this.#session?.end(cause);
    this.#will?.leave();
    await this.#opening;
    await this.#idle();
  }

  /** Resolves when all that the client sent is stored, or carried out, and what it did not take waits again. */
  async #idle(): Promise<void> {
    await Promise.all([this.#pubacks.idle(), this.#session?.idle()]);
  }

  /** Behind the end nothing takes room, for nothing would give it back. */
  #push(packet: Buffer): boolean {
    const fits = !this.isEnded && this.#unread?.admit(packet.length) === true;
    if (fits) {
      this.#answer(packet);
    }
    return fits;
  }

  #answer(packet: Buffer): void {
    this.#answers.add(packet);
    this.options.services.writes.schedule(this);
  }
}

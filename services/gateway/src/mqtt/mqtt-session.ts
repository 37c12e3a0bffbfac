import { HubError, identityKey, type EndCause, type MessageProperties } from '@linchpin/wire';
import type { IPubackPacket, ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import { HubLimitReached } from '../domain/hub-limiter.js';
import type { OpenedSession } from '../domain/open-session.js';
import { TelemetrySender } from '../domain/send-telemetry.js';
import { Subscriptions } from '../domain/subscriptions.js';
import { TwinRequests, type TwinAnswer } from '../domain/twin-requests.js';
import type { ConnectionRecord } from '../events.js';
import { readWill } from './connect.js';
import type { KeptWill } from './kept-will.js';
import { MqttDownlink } from './mqtt-downlink.js';
import { MqttMessages } from './mqtt-messages.js';
import type { MqttServices } from './mqtt-services.js';
import { suback, unsuback } from './packets.js';
import { ProtocolViolation } from './protocol-violation.js';
import type { PubackQueue } from './puback-queue.js';
import { PublishReader } from './publish-reader.js';
import { twinResponse } from './twin-response.js';

interface MqttSessionOptions {
  readonly opened: OpenedSession;
  readonly will: KeptWill | undefined;
  readonly record: ConnectionRecord;
  readonly services: MqttServices;
  readonly pubacks: PubackQueue;
  readonly answer: (packet: Buffer) => void;
  /** Sends what may be large, or says that too much waits already for the client to read it. */
  readonly push: (packet: Buffer) => boolean;
  /** The client does not read what it is sent. */
  readonly onUnread: () => void;
}

/** What a connected client asks for, packet by packet (device-mqtt.md section 4), and its will. */
export class MqttSession {
  readonly downlink: MqttDownlink;
  readonly #reader: PublishReader;
  readonly #subscriptions: Subscriptions;
  readonly #telemetry: TelemetrySender;
  readonly #twin: TwinRequests;
  readonly #messages: MqttMessages;
  /** Changes of the kept subscriptions, one after the other. */
  #changes: Promise<void> = Promise.resolve();
  #failure: unknown;
  /** Once no more are delivered. */
  #messagesGivenBack: Promise<void> | undefined;
  /** Once the connection has ended. */
  #placeGivenUp: Promise<void> | undefined;

  constructor(private readonly options: MqttSessionOptions) {
    const { opened, services, record } = options;
    const { session, presence } = opened;
    this.#reader = new PublishReader(session.identity);
    this.#subscriptions = new Subscriptions(session.identity, presence.subscriptions);
    this.#telemetry = new TelemetrySender(services.telemetryLog, session, record, opened.limiter);
    this.#twin = new TwinRequests({
      session,
      twins: services.twins,
      limiter: opened.limiter,
      rooms: services.exchanges,
      onAnswer: (answer) => {
        this.#answerTwinRequest(answer);
      },
      now: () => performance.now(),
    });
    const { push, onUnread } = options;
    const subscriptions = this.#subscriptions;
    this.#messages = new MqttMessages({ opened, subscriptions, record, services, push });
    this.downlink = new MqttDownlink({
      subscriptions,
      messages: this.#messages,
      connectedAt: new Date(),
      readAnswered: () => this.#twin.readAnswered(),
      ...{ push, onUnread },
    });
    if (this.#subscriptions.includes('methods')) {
      services.presence.announce(opened.held);
    }
    this.#messages.ask();
  }

  /** @throws ProtocolViolation, HubError: close the connection */
  publish(packet: Buffer, bodyStart: number): void {
    const { meaning, payload, packetId } = this.#reader.read(packet, bodyStart);
    const { pubacks } = this.options;
    if (meaning.kind === 'telemetry') {
      this.#injectFault(meaning.message);
      this.#telemetry.admit(payload, meaning.message);
      this.#telemetry.send(payload, meaning.message, pubacks.add(packetId));
      return;
    }
    // Accepted for processing is enough for these; what comes of them has its own answer.
    pubacks.add(packetId).settle(undefined);
    switch (meaning.kind) {
      case 'twin-get':
      case 'reported-patch':
        this.#twin.ask(meaning, payload);
        return;
      case 'method-response':
        this.downlink.methodResponded(meaning.requestId, meaning.status, payload);
        return;
    }
  }

  /**
   * The answer follows once the subscription is kept, so that it holds on every gateway from then on.
   *
   * @returns rejects with HubError when the store does not answer: close the connection
   * @throws ProtocolViolation, HubError for a filter that is not allowed: close the connection
   */
  subscribe({ messageId = 0, subscriptions }: ISubscribePacket): Promise<void> {
    if (subscriptions.length === 0) {
      throw new ProtocolViolation('SUBSCRIBE without a filter'); // [MQTT-3.8.3-3]
    }
    const hadMethods = this.#subscriptions.includes('methods');
    const hadMessages = this.#messages.areSubscribed();
    const granted = this.#subscriptions.add(subscriptions);
    const beginsMethods = !hadMethods && this.#subscriptions.includes('methods');
    const beginsMessages = !hadMessages && this.#messages.areSubscribed();
    const { opened, services, answer } = this.options;
    const kept = new Map(subscriptions.map(({ topic }, index) => [topic, granted[index] ?? 0]));
    return this.#change(async () => {
      if (opened.keepsState) {
        await services.presence.subscribe(opened.held, kept);
      }
      answer(suback(messageId, granted));
      if (beginsMethods) {
        services.presence.announce(opened.held);
      }
      if (beginsMessages) {
        this.#messages.ask(true);
      }
    });
  }

  /**
   * @returns rejects with HubError when the store does not answer: close the connection
   * @throws ProtocolViolation: close the connection
   */
  unsubscribe({ messageId = 0, unsubscriptions }: IUnsubscribePacket): Promise<void> {
    if (unsubscriptions.length === 0) {
      throw new ProtocolViolation('UNSUBSCRIBE without a filter'); // [MQTT-3.10.3-2]
    }
    const removed = this.#subscriptions.remove(unsubscriptions);
    const { opened, services, answer } = this.options;
    return this.#change(async () => {
      if (opened.keepsState && removed.length > 0) {
        await services.presence.unsubscribe(opened.held, removed);
      }
      answer(unsuback(messageId));
    });
  }

  /** PUBACK. */
  acknowledged({ messageId = 0 }: IPubackPacket): void {
    this.#messages.acknowledged(messageId);
  }

  /** Resolves when what came beside telemetry is carried out, and what was given back waits again. */
  async idle(): Promise<void> {
    await Promise.all([this.#twin.idle(), this.#messagesGivenBack, this.#placeGivenUp]);
  }

  /** The connection ends soon: what waits is for the next one. */
  deliverNoMore(): void {
    this.#messagesGivenBack ??= this.#messages.end();
  }

  /** So much waits for the hub's turn that no more should be read. */
  get isHeldBack(): boolean {
    return this.#telemetry.isHeldBack;
  }

  /** Notes what went wrong for the line that is logged at the end, and says how to end. */
  fail(error: unknown): EndCause {
    this.#failure = error;
    if (error instanceof HubLimitReached) {
      this.deliverNoMore();
      return 'hub-limit';
    }
    const isClients =
      error instanceof ProtocolViolation || (error instanceof HubError && error.httpStatus < 429);
    return isClients ? 'protocol-violation' : 'store-failed';
  }

  /** The connection ends: its will is sent behind all that it sent itself, and its place becomes free. */
  end(cause: EndCause): void {
    const { opened, services, record } = this.options;
    this.#telemetry.refuseWaiting();
    this.#twin.end();
    this.downlink.end();
    this.deliverNoMore();
    // An orderly DISCONNECT is the only end after which no will is sent (section 2.8).
    if (cause !== 'client-disconnect') {
      this.#sendWill();
    }
    this.#placeGivenUp = services.opener.close(opened, cause, this.#messagesGivenBack);
    services.events.ended(record, cause, this.#failure);
  }

  /** Whatever comes later must not overtake what came before, in the store nor in the answers. */
  #change(work: () => Promise<void>): Promise<void> {
    this.#changes = this.#changes.then(work);
    return this.#changes;
  }

  #answerTwinRequest(answer: TwinAnswer): void {
    const { opened, services, push, onUnread } = this.options;
    services.events.twinAnswered(opened.session, answer);
    if (this.#subscriptions.includes('twin-responses') && !push(twinResponse(answer))) {
      onUnread();
    }
  }

  #injectFault(message: MessageProperties): void {
    const { opened, services } = this.options;
    if (services.faults === undefined) {
      return;
    }
    if (opened.refusesMessages) {
      throw new HubError('ThrottlingException', 'A fault was injected.');
    }
    const { hub, identity } = opened.held;
    services.faults.inspect(message, identityKey(hub, identity), opened.entry.connection);
  }

  /**
   * A will that is none is dropped only now: it does not keep a client from connecting (section 2.8). So is
   * one for which there is no room.
   */
  #sendWill(): void {
    const { opened, services, record, pubacks } = this.options;
    try {
      const will = this.options.will?.due;
      if (will === undefined) {
        return;
      }
      const { body, message } = readWill(will, opened.session.identity);
      this.#telemetry.admit(body, message);
      this.#telemetry.send(body, message, pubacks.add(undefined));
    } catch (error) {
      services.events.willDropped(record, error);
    }
  }
}

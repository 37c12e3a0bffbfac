import { HubError, type DeviceIdentityId, type MessageProperties } from '@linchpin/wire';
import type { IConnectPacket, ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import { identityKey } from '../domain/device-session.js';
import { firesWill, type EndCause } from '../domain/end-cause.js';
import type { OpenedSession } from '../domain/open-session.js';
import type { HeldIdentity } from '../domain/presence.js';
import { TelemetrySender } from '../domain/send-telemetry.js';
import { Subscriptions } from '../domain/subscriptions.js';
import type { ConnectionRecord } from '../events.js';
import { readWill } from './connect.js';
import type { MqttServices } from './mqtt-services.js';
import { suback, unsuback } from './packets.js';
import { ProtocolViolation } from './protocol-violation.js';
import type { PubackQueue } from './puback-queue.js';
import { PublishReader } from './publish.js';
import { refuseTwinRequest } from './twin-requests.js';

interface MqttSessionOptions {
  readonly opened: OpenedSession;
  readonly connect: IConnectPacket;
  readonly remoteAddress: string;
  /** When CONNECT came. */
  readonly askedMs: number;
  readonly services: MqttServices;
  readonly pubacks: PubackQueue;
  readonly write: (packet: Buffer) => void;
}

/** What a connected client asks for, packet by packet (device-mqtt.md section 4), and its will. */
export class MqttSession {
  readonly #identity: DeviceIdentityId;
  readonly #held: HeldIdentity;
  readonly #reader: PublishReader;
  readonly #subscriptions: Subscriptions;
  readonly #telemetry: TelemetrySender;
  readonly #keepsState: boolean;
  readonly #record: ConnectionRecord;
  #failure: unknown;

  constructor(private readonly options: MqttSessionOptions) {
    const { opened, connect, services, remoteAddress, askedMs } = options;
    const { session, presence } = opened;
    const { identity, grant, connectionId } = session;
    this.#identity = identity;
    this.#held = { hub: grant.hub, identity, generationId: grant.generationId, connectionId };
    this.#reader = new PublishReader(identity);
    this.#subscriptions = new Subscriptions(identity, presence.subscriptions);
    this.#record = services.events.connected({ session, remoteAddress, askedMs });
    this.#telemetry = new TelemetrySender(services.telemetryLog.open(session), this.#record);
    this.#keepsState = connect.clean !== true;
  }

  /** @throws ProtocolViolation, HubError: close the connection */
  publish(packet: Buffer, bodyStart: number): void {
    const { meaning, payload, packetId } = this.#reader.read(packet, bodyStart);
    const { pubacks, write } = this.options;
    if (meaning.kind === 'telemetry') {
      this.#injectFault(meaning.message);
      this.#telemetry.send(payload, meaning.message, pubacks.add(packetId));
      return;
    }
    // Accepted for processing is enough for these; what comes of them has its own answer.
    pubacks.add(packetId).settle(undefined);
    switch (meaning.kind) {
      case 'twin-get':
      case 'reported-patch':
        if (this.#subscriptions.includes('twin-responses')) {
          write(refuseTwinRequest(meaning.requestId));
        }
        return;
      case 'method-response':
        // Nobody asked: a late or unknown response is ignored (section 8).
        return;
    }
  }

  /**
   * The answer follows once the subscription is kept, so that it holds on every gateway from then on.
   *
   * @throws ProtocolViolation, HubError for a filter that is not allowed, or when the store does not
   * answer: close the connection
   */
  async subscribe({ messageId = 0, subscriptions }: ISubscribePacket): Promise<void> {
    if (subscriptions.length === 0) {
      throw new ProtocolViolation('SUBSCRIBE without a filter'); // [MQTT-3.8.3-3]
    }
    const granted = this.#subscriptions.add(subscriptions);
    if (this.#keepsState) {
      const kept = subscriptions.map(({ topic }, index) => [topic, granted[index] ?? 0] as const);
      await this.options.services.presence.subscribe(this.#held, new Map(kept));
    }
    this.options.write(suback(messageId, granted));
  }

  /** @throws ProtocolViolation, HubError when the store does not answer: close the connection */
  async unsubscribe({ messageId = 0, unsubscriptions }: IUnsubscribePacket): Promise<void> {
    if (unsubscriptions.length === 0) {
      throw new ProtocolViolation('UNSUBSCRIBE without a filter'); // [MQTT-3.10.3-2]
    }
    this.#subscriptions.remove(unsubscriptions);
    if (this.#keepsState) {
      await this.options.services.presence.unsubscribe(this.#held, unsubscriptions);
    }
    this.options.write(unsuback(messageId));
  }

  /** Notes what went wrong for the line that is logged at the end, and says how to end. */
  fail(error: unknown): EndCause {
    this.#failure = error;
    const isClients =
      error instanceof ProtocolViolation ||
      (error instanceof HubError && error.code !== 'ServiceUnavailable');
    return isClients ? 'protocol-violation' : 'store-failed';
  }

  /** The connection ends: its will is sent behind all that it sent itself, and its place is free. */
  end(cause: EndCause): void {
    const { opened, services } = this.options;
    if (firesWill(cause)) {
      this.#sendWill();
    }
    services.presence.release(this.#held, cause, this.#keepsState);
    services.table.remove(opened.entry);
    services.events.ended(this.#record, cause, this.#failure);
  }

  #injectFault(message: MessageProperties): void {
    const { opened, services } = this.options;
    if (services.faults === undefined) {
      return;
    }
    if (opened.refusesMessages) {
      throw new HubError('ThrottlingException', 'A fault was injected.');
    }
    const { hub, identity } = this.#held;
    services.faults.inspect(message, identityKey(hub, identity), opened.entry.connection);
  }

  /** An invalid will is dropped only now: it does not keep a client from connecting (section 2.8). */
  #sendWill(): void {
    const { connect, services, pubacks } = this.options;
    if (connect.will === undefined) {
      return;
    }
    try {
      const { body, message } = readWill(connect.will, this.#identity);
      this.#telemetry.send(body, message, pubacks.add(undefined));
    } catch (error) {
      services.events.willDropped(this.#record, error);
    }
  }
}

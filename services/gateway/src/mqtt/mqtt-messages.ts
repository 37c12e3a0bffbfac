/** Cloud-to-device messages over MQTT (device-mqtt.md section 7). */
import { azureLimits, formatDeviceboundTopic } from '@linchpin/wire';
import type { LockedMessage } from '../domain/device-messages.js';
import { MessageDeliveries, type Delivery } from '../domain/message-deliveries.js';
import type { OpenedSession } from '../domain/open-session.js';
import type { Subscriptions } from '../domain/subscriptions.js';
import type { ConnectionRecord } from '../events.js';
import type { MqttServices } from './mqtt-services.js';
import { publish } from './packets.js';
import { SentPackets } from './sent-packets.js';

interface MqttMessagesOptions {
  readonly opened: OpenedSession;
  readonly subscriptions: Subscriptions;
  readonly record: ConnectionRecord;
  readonly services: MqttServices;
  /** Sends a packet, or says that too much waits already for the client to read it. */
  readonly push: (packet: Buffer) => boolean;
}

export class MqttMessages {
  /** Made when there is a reason to ask: most devices never listen. */
  #deliveries: MessageDeliveries | undefined;
  #isOver = false;
  /** Lock tokens of what is not acknowledged. */
  readonly #sent = new SentPackets<Buffer>();

  constructor(private readonly options: MqttMessagesOptions) {}

  /** A module may subscribe, as Java's SDK does at each open, and gets nothing (section 10). */
  areSubscribed(): boolean {
    const { opened, subscriptions } = this.options;
    const isModule = opened.session.identity.moduleId !== undefined;
    return !isModule && subscriptions.includes('cloud-to-device');
  }

  /** Messages may wait. */
  ask(subscriptionBegins = false): void {
    if (!this.#isOver && this.areSubscribed()) {
      this.#deliveries ??= this.#deliver();
      this.#deliveries.ask(subscriptionBegins);
    }
  }

  /** PUBACK; of an id that is not in use it is ignored, and their order does not matter (section 7.2). */
  acknowledged(packetId: number): void {
    const lockToken = this.#sent.take(packetId);
    if (lockToken !== undefined) {
      this.#deliveries?.settle(lockToken, 'complete');
    }
  }

  /**
   * Nothing more is sent. Resolves when what is not acknowledged waits for the next connection; undefined when the
   * client never listened.
   */
  end(): Promise<void> | undefined {
    this.#isOver = true;
    return this.#deliveries?.end();
  }

  #deliver(): MessageDeliveries {
    const { opened, record, services } = this.options;
    const { session, presence } = opened;
    const { events, messages } = services;
    return new MessageDeliveries({
      receiver: { session, connection: { sequence: presence.sequence, keepsMessages: true } },
      messages,
      countsAtEnd: true,
      room: (unsettled) =>
        this.areSubscribed() ? azureLimits.deviceboundInFlightMax - unsettled : 0,
      deliver: (message) => this.#send(message),
      onSettled: (settlements, areSettled) => {
        events.messagesSettled(record, settlements, areSettled);
      },
      onFailed: (error) => {
        events.messagesWait(error);
      },
      onAnswered: () => {
        events.messagesFlow();
      },
      now: () => new Date(),
    });
  }

  #send({ lockToken, properties, body }: LockedMessage): Delivery {
    const { opened, push, record, subscriptions } = this.options;
    const topic = formatDeviceboundTopic(opened.session.identity.deviceId, properties);
    if (topic.length > azureLimits.mqttTopicBytesMax) {
      // Escapes have made its properties longer than any topic can be.
      return 'undeliverable';
    }
    const isAcknowledged = subscriptions.qosOf('cloud-to-device') === 1;
    const packetId = isAcknowledged ? this.#sent.freeId() : undefined;
    if (!push(publish(topic, body, packetId))) {
      return 'refused';
    }
    record.messagesDelivered += 1;
    if (packetId === undefined) {
      return 'completed';
    }
    this.#sent.add(packetId, lockToken);
    return 'sent';
  }
}

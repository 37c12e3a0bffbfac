import {
  accepted,
  amqpError,
  batchMessageFormat,
  type IncomingDelivery,
  type IncomingLink,
  type Outcome,
  type UnsettledDelivery,
} from '@linchpin/amqp';
import type { GivenMessage } from '@linchpin/wire';
import { CloudToDeviceSender } from '../domain/send-to-devices.js';
import { rejectedFor } from './amqp-fault.js';
import { readServiceMessage } from './received-service-message.js';
import type { ServiceEndpoint, ServiceEndpointParts } from './service-endpoint.js';

/** Of messages that are not settled; each may have 64 KB. */
const credit = 64;
/** More than a message may have: one that is a little too large is rejected, and its link stays. */
const payloadBytesMax = 262_144;

/** Messages of a back end to devices: accepted when they are stored, else rejected (amqp.md section 8.1). */
export class CloudToDeviceLink implements ServiceEndpoint {
  readonly #sender: CloudToDeviceSender;
  /** Those that are not settled. */
  readonly #pending = new Set<Promise<void>>();

  constructor(
    private readonly link: IncomingLink,
    private readonly parts: ServiceEndpointParts,
  ) {
    const { services, opened, onDetached } = parts;
    this.#sender = new CloudToDeviceSender({
      opened,
      messages: services.sentMessages,
      rooms: services.exchanges,
      now: () => new Date(),
    });
    const onDelivery = (_: IncomingLink, delivery: IncomingDelivery): void => {
      this.#receive(delivery);
    };
    link.accept({ onDelivery, onDetached }, credit, {
      senderSettleMode: 0,
      receiverSettleMode: null,
      maxMessageSize: payloadBytesMax,
    });
  }

  drained(): void {
    // It sends nothing but outcomes.
  }

  /** What waits for its hub's turn may do so for longer than a stop takes: it is rejected. */
  async drain(): Promise<void> {
    this.#sender.end();
    await Promise.all(this.#pending);
  }

  async end(): Promise<void> {
    await this.drain();
  }

  #receive({ id, settled, messageFormat, payload }: IncomingDelivery): void {
    const due = { id, settled };
    const stored = this.#carryOut(messageFormat, payload).then((outcome) => {
      this.#pending.delete(stored);
      this.#settle(due, outcome);
    });
    this.#pending.add(stored);
  }

  /** The payload is read at once: while the message waits for its turn, nothing else of it is kept. */
  #carryOut(messageFormat: number, payload: Buffer): Promise<Outcome> {
    if (messageFormat === batchMessageFormat) {
      // Of a batch some may be stored and others not, and it has one outcome.
      const text = 'Messages to devices are sent one by one.';
      return Promise.resolve({ type: 'rejected', error: amqpError('amqp:not-implemented', text) });
    }
    try {
      return this.#send(readServiceMessage(payload));
    } catch (error) {
      return Promise.resolve(rejectedFor(error));
    }
  }

  async #send(message: GivenMessage): Promise<Outcome> {
    try {
      await this.#sender.send(message);
      this.parts.record.messages += 1;
      return accepted;
    } catch (error) {
      return rejectedFor(error);
    }
  }

  #settle(delivery: UnsettledDelivery, outcome: Outcome): void {
    const { link } = this;
    link.settle(delivery, outcome);
    const free = credit - link.credit - this.#pending.size;
    if (2 * free >= credit) {
      link.grantCredit(free);
    }
  }
}

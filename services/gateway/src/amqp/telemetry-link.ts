import {
  accepted,
  batchMessageFormat,
  expandBatch,
  type IncomingDelivery,
  type IncomingLink,
  type Outcome,
} from '@linchpin/amqp';
import { azureLimits } from '@linchpin/wire';
import type { TelemetrySender } from '../domain/send-telemetry.js';
import { isForeseen, rejectedFor } from './amqp-fault.js';
import { deviceLinkCredit } from './device-link-credit.js';
import { readTelemetry } from './received-telemetry.js';
import type { TelemetryBacklog } from './telemetry-backlog.js';

interface TelemetryLinkParts {
  readonly sender: TelemetrySender;
  readonly backlog: TelemetryBacklog;
  /** A message is stored, or refused. */
  readonly onSettled: () => void;
}

/** Telemetry of one device: accepted when it is stored, else rejected, and never given back (amqp.md section 6.1). */
export class TelemetryLink {
  /** Undefined when it is over: messages may wait for long, and keep nothing of it. */
  #link: IncomingLink | undefined;
  /** Deliveries that wait to be stored. */
  #pending = 0;
  #idle: (() => void)[] = [];

  constructor(private readonly parts: TelemetryLinkParts) {}

  /** What has come already is received at once. */
  accept(link: IncomingLink, onDetached: () => void): void {
    this.#link = link;
    const handlers = {
      onDelivery: (_: IncomingLink, delivery: IncomingDelivery) => {
        this.#receive(delivery);
      },
      onDetached,
    };
    link.accept(handlers, deviceLinkCredit, { senderSettleMode: 0, receiverSettleMode: null });
  }

  /** The link is over. Resolves when what has come by it is stored. */
  retire(): Promise<void> {
    this.#link = undefined;
    return this.idle();
  }

  /** Resolves when none waits to be stored. */
  idle(): Promise<void> {
    return this.#pending === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  #receive(delivery: IncomingDelivery): void {
    const { backlog, sender } = this.parts;
    this.#pending += 1;
    backlog.received();
    try {
      this.#send(delivery);
      backlog.look(sender);
    } catch (error) {
      this.#settle(delivery, rejectedFor(error));
      if (!isForeseen(error)) {
        throw error;
      }
    }
  }

  /** All of a delivery or nothing: it has one outcome. @throws AmqpDecodeError, HubError */
  #send(delivery: IncomingDelivery): void {
    const { sender } = this.parts;
    const { messageFormat, payload } = delivery;
    const isBatch = messageFormat === batchMessageFormat;
    const messages = (isBatch ? expandBatch(payload, azureLimits.batchMessagesMax) : [payload]).map(
      readTelemetry,
    );
    for (const { body, message } of messages) {
      sender.admit(body, message);
    }
    let waiting = messages.length;
    let failure: Error | undefined;
    const receipt = {
      settle: (error: Error | undefined): void => {
        waiting -= 1;
        failure ??= error;
        if (waiting === 0) {
          this.#settle(delivery, failure === undefined ? accepted : rejectedFor(failure));
        }
      },
    };
    for (const { body, message } of messages) {
      sender.send(body, message, receipt);
    }
    if (messages.length === 0) {
      this.#settle(delivery, accepted);
    }
  }

  #settle(delivery: IncomingDelivery, outcome: Outcome): void {
    const { backlog, sender, onSettled } = this.parts;
    this.#pending -= 1;
    backlog.settled();
    backlog.look(sender);
    if (this.#link !== undefined) {
      this.#answer(this.#link, delivery, outcome);
    }
    onSettled();
    if (this.#pending === 0) {
      for (const resolve of this.#idle.splice(0)) {
        resolve();
      }
    }
  }

  #answer(link: IncomingLink, delivery: IncomingDelivery, outcome: Outcome): void {
    link.settle(delivery, outcome);
    const free = deviceLinkCredit - link.credit - this.#pending;
    if (2 * free >= deviceLinkCredit) {
      link.grantCredit(free);
    }
  }
}

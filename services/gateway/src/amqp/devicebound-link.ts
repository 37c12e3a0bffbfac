import { accepted, type OutgoingDelivery, type OutgoingLink, type Outcome } from '@linchpin/amqp';
import { azureLimits } from '@linchpin/wire';
import type { LockedMessage } from '../domain/device-messages.js';
import { MessageDeliveries, type Delivery } from '../domain/message-deliveries.js';
import type { OpenedSession } from '../domain/open-session.js';
import type { ConnectionRecord } from '../events.js';
import type { AmqpServices } from './amqp-services.js';
import { encodeDeviceboundMessage } from './devicebound-message.js';
import { lockLost, settlementOf } from './lock-settlement.js';

interface DeviceboundLinkParts {
  readonly link: OutgoingLink;
  readonly opened: OpenedSession;
  readonly record: ConnectionRecord;
  readonly services: AmqpServices;
  /** The client reads what it is sent; when it does again, it is asked anew. */
  readonly reads: () => boolean;
  /** Not before the device's former link has given back what was not settled: see `formerEnded`. */
  readonly mayLock: () => boolean;
  readonly onDetached: () => void;
}

/** A little longer than the service's own clock: what it takes for locked is not handed out. */
const lockMs = azureLimits.messageLockSeconds * 1_000 + 500;

/** What the client has and has not settled. */
interface Unsettled {
  readonly delivery: OutgoingDelivery;
  readonly lockTimer: NodeJS.Timeout;
}

/** Cloud-to-device messages of one device: as many as it gives credit for, each settled as it says. */
export class DeviceboundLink {
  readonly #deliveries: MessageDeliveries;
  /** By lock token, which is the tag of the delivery. */
  readonly #unsettled = new Map<Buffer, Unsettled>();
  /** When nothing is being asked for, what is left of the credit is given back. */
  #isFinishing = false;

  constructor(private readonly parts: DeviceboundLinkParts) {
    const { link, onDetached } = parts;
    this.#deliveries = this.#deliver();
    link.accept(
      {
        onCredit: () => {
          this.#onCredit();
        },
        onOutcome: (delivery, outcome) => {
          this.#onOutcome(delivery, outcome);
        },
        onDetached,
      },
      { senderSettleMode: null, receiverSettleMode: 1 },
    );
  }

  /** Messages may wait. */
  ask(): void {
    if (this.parts.mayLock()) {
      this.#deliveries.ask();
    }
  }

  /** From now on messages may be locked. */
  formerEnded(): void {
    this.#onCredit();
  }

  /** Resolves when what the client has not settled waits for its next connection. */
  async end(): Promise<void> {
    for (const { lockTimer } of this.#unsettled.values()) {
      clearTimeout(lockTimer);
    }
    await this.#deliveries.end();
  }

  #deliver(): MessageDeliveries {
    const { link, opened, record, services, reads } = this.parts;
    const { session, presence } = opened;
    const { events, messages } = services;
    return new MessageDeliveries({
      receiver: { session, connection: { sequence: presence.sequence, keepsMessages: false } },
      messages,
      countsAtEnd: false,
      room: () => (reads() ? link.credit : 0),
      deliver: (message) => this.#send(message),
      onSettled: (settlements, areSettled) => {
        events.messagesSettled(record, settlements, areSettled);
        settlements.forEach(({ lockToken }, index) => {
          this.#answer(lockToken, areSettled[index] === true);
        });
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

  #onCredit(): void {
    const { link, mayLock } = this.parts;
    this.ask();
    if (link.isDraining && mayLock() && !this.#isFinishing) {
      void this.#finishDrain();
    }
  }

  /** However often the client asks meanwhile. */
  async #finishDrain(): Promise<void> {
    this.#isFinishing = true;
    await this.#deliveries.idle();
    this.#isFinishing = false;
    this.parts.link.finishDrain();
  }

  #send(message: LockedMessage): Delivery {
    const { link, opened, record } = this.parts;
    const { lockToken } = message;
    const payload = encodeDeviceboundMessage(message, opened.session.identity);
    const delivery = link.send({ tag: lockToken, payload });
    // What is not settled in its time waits again, and comes as another delivery.
    const lockTimer = setTimeout(() => {
      this.#deliveries.forget(lockToken);
    }, lockMs).unref();
    this.#unsettled.set(lockToken, { delivery, lockTimer });
    record.messagesDelivered += 1;
    return 'sent';
  }

  #onOutcome({ tag: lockToken }: OutgoingDelivery, outcome: Outcome | null): void {
    if (!this.#deliveries.settle(lockToken, settlementOf(outcome))) {
      this.#answer(lockToken, false);
    }
  }

  /** A client that has not settled by itself waits for it (receiver-settle-mode second). */
  #answer(lockToken: Buffer, isSettled: boolean): void {
    const unsettled = this.#unsettled.get(lockToken);
    if (unsettled !== undefined) {
      this.#unsettled.delete(lockToken);
      clearTimeout(unsettled.lockTimer);
      this.parts.link.settle(unsettled.delivery, isSettled ? accepted : lockLost());
    }
  }
}

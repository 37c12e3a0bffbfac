import { accepted, type OutgoingDelivery, type OutgoingLink, type Outcome } from '@linchpin/amqp';
import type { ServiceboundFeeds, ServiceboundReceiver } from '../domain/servicebound-feed.js';
import type { ServiceboundMessage } from '../domain/servicebound-queue.js';
import type { ServiceboundSettlements } from '../domain/servicebound-settlements.js';
import { lockLost, settlementOf } from './lock-settlement.js';
import type { ServiceEndpoint, ServiceEndpointParts } from './service-endpoint.js';

/** What is received by a link. */
export interface ServiceboundKind<Message extends ServiceboundMessage> {
  readonly feeds: ServiceboundFeeds<Message>;
  readonly encode: (message: Message, hub: string) => Buffer;
}

/** Messages that the client has and has not settled, or not with an answer, whatever credit it gives. */
const unsettledMax = 64;

/**
 * What a back end receives below `/messages/serviceBound`: as many messages as it gives credit for, each settled as it
 * says (amqp.md sections 8.2 and 8.3).
 */
export class ServiceboundLink<Message extends ServiceboundMessage>
  implements ServiceEndpoint, ServiceboundReceiver<Message>
{
  /** What the client has, and has said nothing of. */
  readonly #unsettled = new Set<OutgoingDelivery>();
  readonly #settlements: ServiceboundSettlements;
  readonly #settling = new Set<Promise<void>>();

  constructor(
    private readonly link: OutgoingLink,
    private readonly kind: ServiceboundKind<Message>,
    private readonly parts: ServiceEndpointParts,
  ) {
    const { opened, onDetached } = parts;
    this.#settlements = kind.feeds.settlements(opened.grant);
    kind.feeds.join(opened.grant, this);
    const handlers = {
      onCredit: () => {
        this.#ask();
      },
      onOutcome: (delivery: OutgoingDelivery, outcome: Outcome | null) => {
        this.#onOutcome(delivery, outcome);
      },
      onDetached,
    };
    link.accept(handlers, { senderSettleMode: null, receiverSettleMode: 1 });
  }

  room(): number {
    const { link, parts } = this;
    const left = unsettledMax - this.#unsettled.size - this.#settling.size;
    return parts.reads() ? Math.min(link.credit, left) : 0;
  }

  deliver(message: Message): void {
    const { opened, record } = this.parts;
    const payload = this.kind.encode(message, opened.grant.hub);
    this.#unsettled.add(this.link.send({ tag: message.lockToken, payload }));
    record.messages += 1;
    this.#finishDrain();
  }

  onNone(): void {
    this.link.finishDrain();
  }

  drained(): void {
    this.#ask();
  }

  /** What fails now could be tried for longer than a stop takes. */
  async drain(): Promise<void> {
    this.#settlements.end();
    await Promise.all(this.#settling);
  }

  /** What was not settled comes to somebody once its lock is over. */
  async end(): Promise<void> {
    this.kind.feeds.leave(this.parts.opened.grant, this);
    await this.drain();
  }

  #ask(): void {
    this.#finishDrain();
    this.kind.feeds.ask(this.parts.opened.grant);
  }

  #finishDrain(): void {
    if (this.link.isDraining && this.room() === 0) {
      this.link.finishDrain();
    }
  }

  /** Of one that is not settled by it a client may tell more; the first counts. */
  #onOutcome(delivery: OutgoingDelivery, outcome: Outcome | null): void {
    if (!this.#unsettled.delete(delivery)) {
      return;
    }
    const settled = this.#settle(delivery, outcome).then(() => {
      this.#settling.delete(settled);
      // There is room again, or what was given back waits.
      this.#ask();
    });
    this.#settling.add(settled);
  }

  /** A client that has not settled by itself waits for it (receiver-settle-mode second). */
  async #settle(delivery: OutgoingDelivery, outcome: Outcome | null): Promise<void> {
    // Who rejects a message cannot use it, and could not the next time: it is gone.
    const said = settlementOf(outcome) === 'abandon' ? 'abandon' : 'complete';
    switch (await this.#settlements.settle(delivery.tag, said)) {
      case 'counts':
        this.link.settle(delivery, accepted);
        break;
      case 'lock-lost':
        this.link.settle(delivery, lockLost());
        break;
      case 'given-up':
        // The link ends, and its client learns that it does not know.
        break;
    }
  }
}

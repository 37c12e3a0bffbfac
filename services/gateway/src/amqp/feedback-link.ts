import { accepted, type OutgoingDelivery, type OutgoingLink, type Outcome } from '@linchpin/amqp';
import type { FeedbackBatch } from '../domain/feedback.js';
import type { FeedbackReceiver } from '../domain/feedback-feed.js';
import { FeedbackSettlements } from '../domain/feedback-settlements.js';
import { encodeFeedbackMessage } from './feedback-message.js';
import { lockLost, settlementOf } from './lock-settlement.js';
import type { ServiceEndpoint, ServiceEndpointParts } from './service-endpoint.js';

/** Batches that the client has and has not settled, or not with an answer, whatever credit it gives. */
const unsettledMax = 64;

/** Feedback for a back end: as many batches as it gives credit for, each settled as it says (amqp.md section 8.2). */
export class FeedbackLink implements ServiceEndpoint, FeedbackReceiver {
  /** What the client has, and has said nothing of. */
  readonly #unsettled = new Set<OutgoingDelivery>();
  readonly #settlements: FeedbackSettlements;
  readonly #settling = new Set<Promise<void>>();

  constructor(
    private readonly link: OutgoingLink,
    private readonly parts: ServiceEndpointParts,
  ) {
    const { services, opened, onDetached } = parts;
    const { feedback, events } = services;
    this.#settlements = new FeedbackSettlements({
      ...{ feedback, hub: opened.grant },
      onFailed: (error) => {
        events.feedbackWaits(error);
      },
      onAnswered: () => {
        events.feedbackFlows();
      },
    });
    services.feedbackFeeds.join(opened.grant, this);
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

  deliver(batch: FeedbackBatch): void {
    const { opened, record } = this.parts;
    const payload = encodeFeedbackMessage(batch, opened.grant.hub);
    this.#unsettled.add(this.link.send({ tag: batch.lockToken, payload }));
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
    const { services, opened } = this.parts;
    services.feedbackFeeds.leave(opened.grant, this);
    await this.drain();
  }

  #ask(): void {
    this.#finishDrain();
    this.parts.services.feedbackFeeds.ask(this.parts.opened.grant);
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
    // Who rejects a batch cannot use it, and could not the next time: it is gone.
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

import { accepted, type OutgoingDelivery, type OutgoingLink, type Outcome } from '@linchpin/amqp';
import type { FeedbackBatch } from '../domain/feedback.js';
import type { FeedbackReceiver } from '../domain/feedback-feed.js';
import { rejectedFor } from './amqp-fault.js';
import { encodeFeedbackMessage } from './feedback-message.js';
import type { ServiceEndpoint, ServiceEndpointParts } from './service-endpoint.js';

/** Batches that the client has and has not settled, whatever credit it gives. */
const unsettledMax = 64;

/** Feedback for a back end: as many batches as it gives credit for, each settled as it says (amqp.md section 8.2). */
export class FeedbackLink implements ServiceEndpoint, FeedbackReceiver {
  readonly #settling = new Set<Promise<void>>();

  constructor(
    private readonly link: OutgoingLink,
    private readonly parts: ServiceEndpointParts,
  ) {
    const { services, opened, onDetached } = parts;
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
    return parts.reads() ? Math.min(link.credit, unsettledMax - link.unsettledCount) : 0;
  }

  deliver(batch: FeedbackBatch): void {
    const { opened, record } = this.parts;
    const payload = encodeFeedbackMessage(batch, opened.grant.hub);
    this.link.send({ tag: batch.lockToken, payload });
    record.messages += 1;
  }

  onNone(): void {
    this.link.finishDrain();
  }

  drained(): void {
    this.#ask();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#settling);
  }

  /** What was not settled comes to somebody once its lock is over. */
  async end(): Promise<void> {
    const { services, opened } = this.parts;
    services.feedbackFeeds.leave(opened.grant, this);
    await this.drain();
  }

  #ask(): void {
    if (this.link.isDraining && this.room() === 0) {
      this.link.finishDrain();
    }
    this.parts.services.feedbackFeeds.ask(this.parts.opened.grant);
  }

  #onOutcome(delivery: OutgoingDelivery, outcome: Outcome | null): void {
    const settled = this.#settle(delivery, outcome).then(() => {
      this.#settling.delete(settled);
      // There is room again, or what was given back waits.
      this.#ask();
    });
    this.#settling.add(settled);
  }

  /** A client that has not settled by itself waits for it (receiver-settle-mode second). */
  async #settle(delivery: OutgoingDelivery, outcome: Outcome | null): Promise<void> {
    const { services, opened } = this.parts;
    try {
      await services.feedback.settle(opened.grant, delivery.tag, settlementOf(outcome));
      this.link.settle(delivery, accepted);
    } catch (error) {
      this.link.settle(delivery, rejectedFor(error));
    }
  }
}

/** Who rejects a batch cannot use it, and could not the next time: it is gone. */
function settlementOf(outcome: Outcome | null): 'complete' | 'abandon' {
  switch (outcome?.type) {
    case 'accepted':
    case 'rejected':
      return 'complete';
    case 'modified':
      return outcome.undeliverableHere ? 'complete' : 'abandon';
    case 'released':
    case undefined:
      return 'abandon';
  }
}

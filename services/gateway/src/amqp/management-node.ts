import { accepted, IncomingLink, type IncomingDelivery, type OutgoingLink } from '@linchpin/amqp';
import type { PolicyGrant } from '../domain/policy-tokens.js';
import type { ClientLink } from './client-connection.js';
import { answerManagement } from './event-hub-management.js';
import type { EventHubs } from './event-hub.js';
import type { EventHubError } from './event-hub-error.js';
import type { ServiceEndpoint } from './service-endpoint.js';

/** Of requests that are not answered; whoever has sent them waits for the answers. */
const credit = 100;
/** Of which a token is the longest part. */
const requestBytesMax = 32_768;

/** `$management` of one connection: requests come by one link, and their answers go by another (amqp.md section 9.3). */
export class ManagementNode {
  /** The newest last. */
  readonly #answers = new Set<OutgoingLink>();
  #lastTag = 0;

  constructor(
    private readonly eventHubs: EventHubs,
    private readonly onFailed: (failure: EventHubError) => void,
  ) {}

  open(link: ClientLink, grant: PolicyGrant, onDetached: () => void): ServiceEndpoint {
    return link instanceof IncomingLink
      ? this.#openRequests(link, grant, onDetached)
      : this.#openAnswers(link, onDetached);
  }

  #openAnswers(link: OutgoingLink, onDetached: () => void): ServiceEndpoint {
    this.#answers.add(link);
    link.accept({
      onCredit: () => {
        // Answers wait for nothing but their requests.
        link.finishDrain();
      },
      onOutcome: (delivery, outcome) => {
        link.settle(delivery, outcome ?? accepted);
      },
      onDetached,
    });
    return {
      drained: () => undefined,
      drain: () => Promise.resolve(),
      end: () => {
        this.#answers.delete(link);
        return Promise.resolve();
      },
    };
  }

  #openRequests(link: IncomingLink, grant: PolicyGrant, onDetached: () => void): ServiceEndpoint {
    const answering = new Set<Promise<void>>();
    const onDelivery = (from: IncomingLink, delivery: IncomingDelivery): void => {
      const answered = this.#answer(from, delivery, grant);
      answering.add(answered);
      void answered.finally(() => answering.delete(answered));
    };
    link.accept({ onDelivery, onDetached }, credit, { maxMessageSize: requestBytesMax });
    return {
      drained: () => undefined,
      drain: async () => {
        await Promise.all(answering);
      },
      end: () => Promise.resolve(),
    };
  }

  async #answer(link: IncomingLink, delivery: IncomingDelivery, grant: PolicyGrant): Promise<void> {
    const answer = await answerManagement(delivery.payload, this.eventHubs, grant);
    const { replyTo, payload, failure } = answer;
    if (failure !== undefined) {
      this.onFailed(failure);
    }
    link.settle(delivery, accepted);
    link.grantCredit(1);
    this.#linkFor(replyTo)?.send({ tag: this.#nextTag(), payload });
  }

  /** Clients name their link by its target, or have but one. */
  #linkFor(replyTo: string | null): OutgoingLink | undefined {
    const links = [...this.#answers].reverse();
    return links.find(({ attach }) => attach.target?.address === replyTo) ?? links[0];
  }

  #nextTag(): Buffer {
    this.#lastTag = (this.#lastTag + 1) >>> 0;
    const tag = Buffer.alloc(4);
    tag.writeUInt32LE(this.#lastTag);
    return tag;
  }
}

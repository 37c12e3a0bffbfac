import {
  accepted,
  amqpError,
  IncomingLink,
  type IncomingDelivery,
  type Outcome,
  type OutgoingLink,
  type UnsettledDelivery,
} from '@linchpin/amqp';
import type { NamedRooms } from '@linchpin/fairness';
import type { PolicyGrant } from '../domain/policy-tokens.js';
import type { ClientLink } from './client-connection.js';
import { DeliveryTags } from './delivery-tags.js';
import { answerManagement, type ManagementAnswer } from './event-hub-management.js';
import type { EventHubs } from './event-hub.js';
import type { EventHubError } from './event-hub-error.js';
import { LinkRefusal } from './link-refusal.js';
import type { ServiceEndpoint } from './service-endpoint.js';

/** Of requests that are not answered; whoever has sent them waits for the answers. */
const credit = 4;
/** Of one connection. SDKs have one for each of their clients. */
const requestLinksMax = 8;
/** Of which a token is the longest part. */
const requestBytesMax = 32_768;
/** Beside its own bytes: its places in queues, and its answer. */
const requestOverheadBytes = 2_048;

interface ManagementNodeParts {
  readonly eventHubs: EventHubs;
  /** For requests that wait, by hubs. */
  readonly rooms: NamedRooms;
  /** A request could not be answered. */
  readonly onFailed: (failure: EventHubError) => void;
}

/** `$management` of one connection: requests come by one link, and their answers go by another (amqp.md section 9.3). */
export class ManagementNode {
  readonly #tags = new DeliveryTags();
  /** The newest last. */
  readonly #answers = new Set<OutgoingLink>();
  #requestLinks = 0;

  constructor(private readonly parts: ManagementNodeParts) {}

  /** @throws LinkRefusal */
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
    if (this.#requestLinks >= requestLinksMax) {
      const text = `A connection has ${requestLinksMax} links for requests at most.`;
      throw new LinkRefusal(amqpError('amqp:resource-limit-exceeded', text));
    }
    this.#requestLinks += 1;
    const onDelivery = (from: IncomingLink, { id, settled, payload }: IncomingDelivery): void => {
      void this.#answer(from, { id, settled }, this.#read(payload, grant));
    };
    link.accept({ onDelivery, onDetached }, credit, { maxMessageSize: requestBytesMax });
    return {
      drained: () => undefined,
      // Who asks again elsewhere learns the same: nothing is lost that a stop would wait for.
      drain: () => Promise.resolve(),
      end: () => {
        this.#requestLinks -= 1;
        return Promise.resolve();
      },
    };
  }

  /** Undefined when too much waits. */
  #read(payload: Buffer, grant: PolicyGrant): Promise<ManagementAnswer | undefined> {
    const { eventHubs, rooms } = this.parts;
    const bytes = payload.length + requestOverheadBytes;
    return rooms.enter(grant.hub).during(bytes, () => answerManagement(payload, eventHubs, grant));
  }

  async #answer(
    link: IncomingLink,
    due: UnsettledDelivery,
    reading: Promise<ManagementAnswer | undefined>,
  ): Promise<void> {
    const answer = await reading;
    if (answer?.failure !== undefined) {
      this.parts.onFailed(answer.failure);
    }
    link.settle(due, answer === undefined ? tooMuchWaits : accepted);
    link.grantCredit(1);
    if (answer !== undefined) {
      const { replyTo, payload } = answer;
      this.#linkFor(replyTo)?.send({ tag: this.#tags.next(), payload });
    }
  }

  /** Clients name their link by its target, or have but one. */
  #linkFor(replyTo: string | null): OutgoingLink | undefined {
    const links = [...this.#answers].reverse();
    return links.find(({ attach }) => attach.target?.address === replyTo) ?? links[0];
  }
}

const tooMuchWaits: Outcome = {
  type: 'rejected',
  error: amqpError('amqp:resource-limit-exceeded', 'Too many requests wait; try again.'),
};

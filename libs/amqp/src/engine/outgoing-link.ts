import type { Attach } from '../performatives/attach.js';
import type { Detach } from '../performatives/detach.js';
import { amqpError, type AmqpError } from '../performatives/error.js';
import type { Flow } from '../performatives/flow.js';
import type { Outcome } from '../performatives/outcomes.js';
import { LinkEndpoint, type EndpointSession, type LinkTerms } from './link-endpoint.js';
import { addSerial, serialDistance } from './serial-number.js';

/** A message for a client. */
export interface OutgoingDelivery {
  readonly link: OutgoingLink;
  readonly tag: Buffer;
  readonly messageFormat: number;
  /** Encoded sections, of which `sentBytes` have been written; nothing once all have. */
  payload: Buffer;
  sentBytes: number;
  /** Has none before its first frame is written. */
  id: number | undefined;
  /** Whether its outcome is known to both, or was never asked for. */
  settled: boolean;
  /** Memory that is counted for it until all is written. */
  readonly keptBytes: number;
}

export interface Sending {
  readonly tag: Buffer;
  readonly payload: Buffer;
  /** Whether no outcome is asked for. */
  readonly settled?: boolean;
  readonly messageFormat?: number;
}

export interface OutgoingLinkHandlers {
  /**
   * The client gave credit or took it, or asked to drain, or credit counts again since less waits to be
   * written or to be settled: see `credit` and `isDraining`.
   */
  onCredit(link: OutgoingLink): void;
  /**
   * What became of a delivery. When it is not settled by that, the client waits for the owner to settle
   * it in turn (receiver-settle-mode second).
   */
  onOutcome(delivery: OutgoingDelivery, outcome: Outcome | null): void;
  /** The link has ended, and not by the owner: its client, its session or its connection ended it. */
  onDetached(link: OutgoingLink, error: AmqpError | null): void;
}

/** What an outgoing link needs of its session. */
export interface OutgoingLinkSession extends EndpointSession {
  /** Deliveries of all its links that are written and not settled. */
  readonly unsettledCount: number;
  /** A link could send more, were it not for what waits: it is to be told when less does. */
  holdUp(): void;
  settleSent(delivery: OutgoingDelivery, outcome: Outcome): void;
  scheduleTransfers(link: OutgoingLink): void;
  scheduleFlow(link: OutgoingLink): void;
}

/** A link on which a client receives, with as much credit as it gives. */
export class OutgoingLink {
  readonly #endpoint: LinkEndpoint;
  #handlers: OutgoingLinkHandlers | undefined;
  #credit = 0;
  #deliveryCount = 0;
  /** As the client's last flow said. */
  #drain = false;
  /** Until it is answered. */
  #isDraining = false;
  /** The owner has no more; the credit goes when the queue is empty. */
  #isDrained = false;
  #unsettledCount = 0;
  #queue: OutgoingDelivery[] = [];
  /** A delivery of which some frames are written and others not. */
  #begun: OutgoingDelivery | undefined;

  constructor(
    private readonly session: OutgoingLinkSession,
    readonly attach: Attach,
  ) {
    this.#endpoint = new LinkEndpoint(session, attach);
  }

  get isPending(): boolean {
    return this.#endpoint.isPending;
  }

  get isAttached(): boolean {
    return this.#endpoint.isAttached;
  }

  /**
   * How many deliveries may be sent, to go out as soon as the session's window lets them. There is none
   * while much waits for that: what is sent all the same may end the link.
   */
  get credit(): number {
    if (!this.isAttached || this.session.waiting.isHalfTaken) {
      return 0;
    }
    const { unsettledPerSessionMax } = this.session.settings;
    const room = Math.min(this.#credit, unsettledPerSessionMax - this.session.unsettledCount);
    return Math.max(0, room - this.#queue.length);
  }

  /** Whether the client wants its credit used up, or what is left of it given back: `finishDrain` when there is no more. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** How many deliveries wait for their outcome, or to be settled by the owner. */
  get unsettledCount(): number {
    return this.#unsettledCount;
  }

  /**
   * Tells at once of the credit that came meanwhile.
   *
   * @returns false when the client has gone meanwhile: the link is over, and nothing will be told
   */
  accept(handlers: OutgoingLinkHandlers, terms: LinkTerms = {}): boolean {
    if (!this.#endpoint.accept(terms)) {
      return false;
    }
    this.#handlers = handlers;
    if (this.#credit > 0 || this.#isDraining) {
      handlers.onCredit(this);
    }
    this.#answerDrain();
    return true;
  }

  /** Refuses the link, or ends it. The owner is not told of what it does itself. */
  detach(error: AmqpError | null): void {
    this.#endpoint.decide();
    this.#detach(error);
  }

  /**
   * Sends a message at the next flush, or waits for credit and the session's window. An answer may be due
   * before the client has given any, as of a request to `$cbs`; what waits has a bound, at which the link
   * is ended.
   */
  send({ tag, payload, settled = false, messageFormat = 0 }: Sending): OutgoingDelivery {
    const keptBytes = payload.length + waitingDeliveryBytes;
    const delivery = {
      link: this,
      tag,
      messageFormat,
      payload,
      sentBytes: 0,
      id: undefined,
      settled,
      keptBytes,
    };
    if (!this.isAttached) {
      return delivery;
    }
    if (!this.session.waiting.take(keptBytes)) {
      this.fail(amqpError('amqp:resource-limit-exceeded', 'Too much waits to be sent.'));
      return delivery;
    }
    this.#unsettledCount += settled ? 0 : 1;
    this.#queue.push(delivery);
    if (this.credit === 0 && this.#credit > this.#queue.length) {
      this.session.holdUp();
    }
    this.session.scheduleTransfers(this);
    return delivery;
  }

  /** Settles a delivery whose outcome the client told without settling it; else nothing happens. */
  settle(delivery: OutgoingDelivery, outcome: Outcome): void {
    if (!delivery.settled && this.isAttached) {
      this.forgetUnsettled(delivery);
      this.session.settleSent(delivery, outcome);
    }
  }

  /** Gives the credit back that is left when all is sent, once: a flow more would seem to take what the client gives then. */
  finishDrain(): void {
    if (this.#isDraining && this.isAttached) {
      this.#isDrained = true;
      this.#answerDrain();
    }
  }

  /** What `flow` says of the link. */
  flow(): Pick<Flow, 'handle' | 'deliveryCount' | 'linkCredit' | 'available' | 'drain'> {
    return {
      handle: this.attach.handle,
      deliveryCount: this.#deliveryCount,
      linkCredit: this.#credit,
      available: this.#queue.length,
      drain: this.#drain,
    };
  }

  /** The delivery whose frames are to be written next, as far as credit goes. */
  nextDelivery(): OutgoingDelivery | undefined {
    if (!this.isAttached) {
      return undefined;
    }
    if (this.#begun === undefined && this.#credit > 0) {
      this.#begun = this.#queue.shift();
      if (this.#begun !== undefined) {
        this.#credit -= 1;
        this.#deliveryCount = addSerial(this.#deliveryCount, 1);
      }
    }
    return this.#begun;
  }

  /** All frames of the delivery that was next are written. */
  finishDelivery(): void {
    this.#dropBegun();
    this.#answerDrain();
  }

  /** Less waits to be written, or to be settled, than before. */
  tellCredit(): void {
    if (this.credit > 0) {
      this.#handlers?.onCredit(this);
    }
  }

  forgetUnsettled(delivery: OutgoingDelivery): void {
    delivery.settled = true;
    this.#unsettledCount -= 1;
  }

  receiveFlow(flow: Flow): void {
    if (flow.linkCredit !== null) {
      // Negative when the client has counted more than was sent.
      const onTheirWay = serialDistance(this.#deliveryCount, flow.deliveryCount ?? 0);
      this.#credit = Math.min(creditMax, Math.max(0, flow.linkCredit - onTheirWay));
    }
    this.#drain = flow.drain ?? false;
    this.#isDraining = this.#drain;
    this.#isDrained = false;
    if (flow.echo === true) {
      this.session.scheduleFlow(this);
    }
    if (this.isAttached) {
      this.session.scheduleTransfers(this);
      this.#handlers?.onCredit(this);
      this.#answerDrain();
    }
  }

  receiveOutcome(delivery: OutgoingDelivery, outcome: Outcome | null): void {
    if (this.isAttached) {
      this.#handlers?.onOutcome(delivery, outcome);
    }
  }

  receiveDetach(detach: Detach): void {
    this.#dropQueue();
    if (this.#endpoint.receiveDetach(detach)) {
      this.#handlers?.onDetached(this, detach.error);
    }
  }

  /** Ends the link for what the client did, and tells the owner. */
  fail(error: AmqpError): void {
    const wasAttached = this.isAttached;
    this.#detach(error);
    if (wasAttached) {
      this.#handlers?.onDetached(this, error);
    }
  }

  /** The session is over. */
  end(error: AmqpError | null): void {
    this.#dropQueue();
    if (this.#endpoint.end()) {
      this.#handlers?.onDetached(this, error);
    }
  }

  #detach(error: AmqpError | null): void {
    if (this.#endpoint.detach(error)) {
      this.#dropQueue();
    }
  }

  #dropQueue(): void {
    for (const { keptBytes } of this.#queue) {
      this.session.waiting.giveBack(keptBytes);
    }
    this.#queue = [];
    this.#dropBegun();
  }

  /** Its outcome may be long in coming, and asks for no payload. */
  #dropBegun(): void {
    if (this.#begun !== undefined) {
      this.session.waiting.giveBack(this.#begun.keptBytes);
      this.#begun.payload = noPayload;
      this.#begun = undefined;
    }
  }

  /** Once the credit is used up, or the owner has no more for it and all is sent. */
  #answerDrain(): void {
    const isDone =
      this.#credit === 0 ? this.#isDraining : this.#isDrained && this.#queue.length === 0;
    if (isDone && this.#begun === undefined) {
      this.#isDrained = false;
      this.#isDraining = false;
      this.#deliveryCount = addSerial(this.#deliveryCount, this.#credit);
      this.#credit = 0;
      this.session.scheduleFlow(this);
    }
  }
}

/** What a flow can tell. */
const creditMax = 0xffffffff;

/** What a message that waits takes beside its payload. */
const waitingDeliveryBytes = 256;

const noPayload = Buffer.alloc(0);

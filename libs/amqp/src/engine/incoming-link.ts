import type { AmqpReader } from '../codec/amqp-reader.js';
import type { Attach } from '../performatives/attach.js';
import type { Detach } from '../performatives/detach.js';
import { amqpError, type AmqpError } from '../performatives/error.js';
import type { Flow } from '../performatives/flow.js';
import type { Outcome } from '../performatives/outcomes.js';
import type { Transfer } from '../performatives/transfer.js';
import { LinkEndpoint, type EndpointSession, type LinkTerms } from './link-endpoint.js';
import { MessageAssembly } from './message-assembly.js';
import { addSerial } from './serial-number.js';

/** A message that a client sent. */
export interface IncomingDelivery {
  readonly id: number;
  readonly tag: Buffer | null;
  readonly messageFormat: number;
  /** Whether nobody waits for its outcome, or it has been told. */
  settled: boolean;
  /** Encoded sections; a view of what the socket gave when the message came in one frame. */
  readonly payload: Buffer;
}

/** What it takes to settle one: its payload need not be kept until then. */
export type UnsettledDelivery = Pick<IncomingDelivery, 'id' | 'settled'>;

export interface IncomingLinkHandlers {
  onDelivery(link: IncomingLink, delivery: IncomingDelivery): void;
  /** The link has ended, and not by the owner: its client, its session or its connection ended it. */
  onDetached(link: IncomingLink, error: AmqpError | null): void;
}

/** What an incoming link needs of its session. */
export interface IncomingLinkSession extends EndpointSession {
  settleReceived(deliveryId: number, outcome: Outcome): void;
  scheduleFlow(link: IncomingLink): void;
}

/** A link on which a client sends. It has no credit but what the owner grants. */
export class IncomingLink {
  readonly #endpoint: LinkEndpoint;
  #handlers: IncomingLinkHandlers | undefined;
  #credit = 0;
  #deliveryCount: number;
  #unsettledCount = 0;
  #maxMessageSize = 0;
  #assembly: MessageAssembly | undefined;
  /** Transfers that came before the link was accepted. */
  #early: { transfer: Transfer; payload: Buffer }[] = [];
  #earlyBytes = 0;

  constructor(
    private readonly session: IncomingLinkSession,
    readonly attach: Attach,
  ) {
    this.#endpoint = new LinkEndpoint(session, attach);
    this.#deliveryCount = attach.initialDeliveryCount ?? 0;
  }

  get isPending(): boolean {
    return this.#endpoint.isPending;
  }

  get isAttached(): boolean {
    return this.#endpoint.isAttached;
  }

  /** How many deliveries the client may send yet. */
  get credit(): number {
    return this.#credit;
  }

  /** How many deliveries wait for the owner to settle them. */
  get unsettledCount(): number {
    return this.#unsettledCount;
  }

  /** @returns false when the client has gone meanwhile: the link is over, and nothing will be told */
  accept(handlers: IncomingLinkHandlers, credit: number, terms: LinkTerms = {}): boolean {
    if (!this.#endpoint.accept(terms)) {
      return false;
    }
    this.#handlers = handlers;
    this.#maxMessageSize = this.#endpoint.maxMessageSizeOf(terms);
    this.grantCredit(credit);
    for (const { transfer, payload } of this.#takeEarly()) {
      this.#receive(transfer, payload);
    }
    return true;
  }

  /** Refuses the link, or ends it. The owner is not told of what it does itself. */
  detach(error: AmqpError | null): void {
    this.#endpoint.decide();
    this.#detach(error);
  }

  grantCredit(credit: number): void {
    if (this.isAttached && credit > 0) {
      this.#credit += credit;
      this.session.scheduleFlow(this);
    }
  }

  /** Settles a delivery, once; nothing happens when the link is over. */
  settle(delivery: UnsettledDelivery, outcome: Outcome): void {
    if (delivery.settled || !this.isAttached) {
      return;
    }
    delivery.settled = true;
    this.#unsettledCount -= 1;
    this.session.settleReceived(delivery.id, outcome);
  }

  /** What `flow` says of the link. */
  flow(): Pick<Flow, 'handle' | 'deliveryCount' | 'linkCredit' | 'available' | 'drain'> {
    return {
      handle: this.attach.handle,
      deliveryCount: this.#deliveryCount,
      linkCredit: this.#credit,
      available: 0,
      drain: null,
    };
  }

  receiveTransfer(transfer: Transfer, body: AmqpReader): void {
    if (this.isAttached) {
      this.#receive(transfer, body.rest());
    } else if (this.isPending) {
      this.#keepEarly(transfer, body.rest());
    }
  }

  receiveDetach(detach: Detach): void {
    this.#dropUnfinished();
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
    this.#dropUnfinished();
    if (this.#endpoint.end()) {
      this.#handlers?.onDetached(this, error);
    }
  }

  #detach(error: AmqpError | null): void {
    if (this.#endpoint.detach(error)) {
      this.#dropUnfinished();
    }
  }

  #receive(transfer: Transfer, payload: Buffer): void {
    if (!this.isAttached) {
      return;
    }
    const assembly = this.#assembly;
    if (assembly !== undefined) {
      this.#continue(assembly, transfer, payload);
      return;
    }
    if (this.#credit === 0) {
      this.fail(amqpError('amqp:link:transfer-limit-exceeded', 'A transfer came without credit.'));
      return;
    }
    if (transfer.deliveryId === null) {
      this.fail(amqpError('amqp:invalid-field', 'A delivery has no delivery-id.'));
      return;
    }
    this.#credit -= 1;
    this.#deliveryCount = addSerial(this.#deliveryCount, 1);
    if (transfer.more === true || transfer.aborted === true) {
      this.#assembly = new MessageAssembly(transfer.deliveryId, transfer);
      this.#continue(this.#assembly, transfer, payload);
    } else if (payload.length > this.#maxMessageSize) {
      this.#failForSize();
    } else {
      this.#deliver({
        id: transfer.deliveryId,
        tag: transfer.deliveryTag,
        messageFormat: transfer.messageFormat ?? 0,
        settled: transfer.settled === true,
        payload,
      });
    }
  }

  #continue(assembly: MessageAssembly, transfer: Transfer, payload: Buffer): void {
    if (transfer.aborted === true) {
      this.#dropUnfinished();
      return;
    }
    if (assembly.length + payload.length > this.#maxMessageSize) {
      this.#failForSize();
      return;
    }
    if (!this.session.waiting.take(payload.length)) {
      this.fail(amqpError('amqp:resource-limit-exceeded', 'Too much is unfinished.'));
      return;
    }
    assembly.add(transfer, payload, this.#maxMessageSize);
    if (transfer.more !== true) {
      this.#dropUnfinished();
      const { deliveryId: id, tag, messageFormat, settled } = assembly;
      this.#deliver({ id, tag, messageFormat, settled, payload: assembly.payload() });
    }
  }

  #deliver(delivery: IncomingDelivery): void {
    if (!delivery.settled) {
      this.#unsettledCount += 1;
    }
    this.#handlers?.onDelivery(this, delivery);
  }

  #keepEarly(transfer: Transfer, payload: Buffer): void {
    const bytes = payload.length + earlyTransferBytes;
    if (!this.session.waiting.take(bytes)) {
      this.#detach(amqpError('amqp:resource-limit-exceeded', 'Too much has come too early.'));
      return;
    }
    this.#earlyBytes += bytes;
    const { deliveryTag } = transfer;
    this.#early.push({
      transfer: { ...transfer, deliveryTag: deliveryTag && Buffer.from(deliveryTag) },
      payload: Buffer.from(payload),
    });
  }

  #takeEarly(): { transfer: Transfer; payload: Buffer }[] {
    const early = this.#early;
    this.#early = [];
    this.session.waiting.giveBack(this.#earlyBytes);
    this.#earlyBytes = 0;
    return early;
  }

  #dropUnfinished(): void {
    this.session.waiting.giveBack(this.#assembly?.length ?? 0);
    this.#assembly = undefined;
    this.#takeEarly();
  }

  #failForSize(): void {
    const text = `A message has more than ${this.#maxMessageSize} bytes.`;
    this.fail(amqpError('amqp:link:message-size-exceeded', text));
  }
}

/** What a transfer that is kept takes beside its payload. */
const earlyTransferBytes = 256;

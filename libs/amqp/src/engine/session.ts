import type { AmqpReader } from '../codec/amqp-reader.js';
import type { Encoder, FrameOutput } from '../frames/frame-output.js';
import { decodeAttach, type Attach } from '../performatives/attach.js';
import type { Begin } from '../performatives/begin.js';
import { descriptors } from '../performatives/descriptors.js';
import { decodeDetach } from '../performatives/detach.js';
import { decodeDisposition } from '../performatives/disposition.js';
import { decodeEnding, encodeEnd } from '../performatives/ending.js';
import { amqpError, type AmqpError } from '../performatives/error.js';
import { decodeFlow, encodeFlow, type Flow } from '../performatives/flow.js';
import type { Outcome } from '../performatives/outcomes.js';
import { decodeTransfer } from '../performatives/transfer.js';
import { AbandonedLinks } from './abandoned-links.js';
import type { ByteBudget } from './byte-budget.js';
import type { ConnectionSettings } from './connection-settings.js';
import { IncomingLink, type IncomingLinkSession } from './incoming-link.js';
import type { LinkEndpoint } from './link-endpoint.js';
import { OutgoingLink, type OutgoingDelivery, type OutgoingLinkSession } from './outgoing-link.js';
import { OutgoingTransfers } from './outgoing-transfers.js';
import { ProtocolViolation } from './protocol-violation.js';
import { SessionMemory } from './session-memory.js';
import { SessionWindows } from './session-windows.js';
import { Settlements } from './settlements.js';

type Link = IncomingLink | OutgoingLink;

/** Who decides about links, also about one that is gone meanwhile: until then its memory counts. */
export interface LinkOwner {
  /** A client wants to send: `accept` or `detach` the link, now or later. */
  onIncomingLink(link: IncomingLink): void;
  /** A client wants to receive: `accept` or `detach` the link, now or later. */
  onOutgoingLink(link: OutgoingLink): void;
}

/** What a session needs of its connection. */
export interface SessionConnection {
  readonly settings: ConnectionSettings;
  readonly output: FrameOutput;
  readonly owner: LinkOwner;
  /** How long a frame the peer takes. */
  readonly peerFrameSizeMax: number;
  readonly waiting: ByteBudget;
  /** For sessions and links. */
  readonly endpoints: ByteBudget;
  /** Asks for a call of `writePending`. */
  schedule(session: Session): void;
  /** The session is over: its client's `end` has come. */
  forget(session: Session): void;
}

/**
 * A session that a client began (part 2, section 2.5). Its channel has the client's number, and links
 * have the client's handles: they are free for us as soon as they are for it.
 */
export class Session implements IncomingLinkSession, OutgoingLinkSession {
  readonly memory: SessionMemory;
  readonly #windows: SessionWindows;
  readonly #transfers: OutgoingTransfers;
  readonly #settlements = {
    received: new Settlements('receiver'),
    sent: new Settlements('sender'),
  };
  readonly #links = new Map<number, Link>();
  /** By role and name: a sender and a receiver may share a name (amqp.md §7). */
  readonly #names = new Map<string, Link>();
  readonly #flowsDue = new Set<Link>();
  readonly #abandoned = new AbandonedLinks();
  /** A link has no credit for all that waits to be sent or for its outcome. */
  #isHeldUp = false;
  #isFlowDue = false;
  /** We sent `end`, and the client's is still to come. */
  #isEnding = false;

  constructor(
    private readonly connection: SessionConnection,
    readonly channel: number,
    begin: Begin,
  ) {
    const { incomingWindow } = connection.settings;
    const frame = { channel, sizeMax: connection.peerFrameSizeMax };
    this.memory = new SessionMemory(connection.endpoints);
    this.#windows = new SessionWindows(begin, incomingWindow);
    this.#transfers = new OutgoingTransfers(connection.output, this.#windows, frame);
  }

  get settings(): ConnectionSettings {
    return this.connection.settings;
  }

  get waiting(): ByteBudget {
    return this.connection.waiting;
  }

  get unsettledCount(): number {
    return this.#transfers.unsettledCount;
  }

  /** The answer to the client's `begin`. */
  begin(): Begin {
    const { handleMax } = this.settings;
    return { remoteChannel: this.channel, ...this.#windows.begin(), handleMax };
  }

  /** Takes a frame of the session. A violation of the session's rules ends it alone. */
  receive(descriptor: number, body: AmqpReader): void {
    try {
      this.#receive(descriptor, body);
    } catch (error) {
      if (!(error instanceof ProtocolViolation) || error.scope !== 'session') {
        throw error;
      }
      this.#end(error.error, error.error);
    }
  }

  /** All that waits to be written: settlements before transfers, as a client of `$cbs` needs it (amqp.md §5.3). */
  writePending(): void {
    if (this.#isEnding) {
      return;
    }
    const { output } = this.connection;
    this.#settlements.received.writeTo(output, this.channel);
    this.#settlements.sent.writeTo(output, this.channel);
    this.#transfers.write();
    this.#isHeldUp ||= !this.#hasRoom;
    this.#writeFlows();
  }

  /** What waits to be written has become less: links that had no credit for that have some. */
  tellCredit(): void {
    for (const link of this.#links.values()) {
      if (link instanceof OutgoingLink) {
        link.tellCredit();
      }
    }
  }

  holdUp(): void {
    this.#isHeldUp = true;
  }

  /** To be called when all is written: less may wait for its outcome than did. */
  tellCreditAgain(): void {
    if (this.#isHeldUp && this.#hasRoom) {
      this.#isHeldUp = false;
      this.tellCredit();
    }
  }

  /** Nothing more is written: the session or the connection is over. */
  close(error: AmqpError | null): void {
    this.#isEnding = true;
    this.#endLinks(error);
  }

  writeFrame<T>(encode: Encoder<T>, performative: T): void {
    if (!this.#isEnding) {
      this.connection.output.writeFrame(this.channel, encode, performative);
      this.connection.schedule(this);
    }
  }

  release(endpoint: LinkEndpoint): void {
    const { handle } = endpoint.attach;
    const link = this.#links.get(handle);
    if (link !== undefined) {
      this.#links.delete(handle);
      this.#forgetLink(link);
      this.#scheduleCredit();
    }
  }

  abandon({ attach }: LinkEndpoint): boolean {
    return this.#abandoned.add(keyOf(attach));
  }

  forget({ attach }: LinkEndpoint): void {
    this.memory.forget(attach);
    // Whoever counts what is kept looks at each flush.
    this.connection.schedule(this);
  }

  settleReceived(deliveryId: number, outcome: Outcome): void {
    this.#settlements.received.add(deliveryId, outcome);
    this.connection.schedule(this);
  }

  settleSent({ id }: OutgoingDelivery, outcome: Outcome): void {
    if (id !== undefined && this.#transfers.forget(id)) {
      this.#settlements.sent.add(id, outcome);
      this.connection.schedule(this);
    }
  }

  scheduleTransfers(link: OutgoingLink): void {
    this.#transfers.schedule(link);
    this.connection.schedule(this);
  }

  scheduleFlow(link: Link): void {
    this.#flowsDue.add(link);
    this.connection.schedule(this);
  }

  #receive(descriptor: number, body: AmqpReader): void {
    if (descriptor === descriptors.end) {
      this.#receiveEnd(decodeEnding(body));
    } else if (!this.#isEnding) {
      this.#receiveOfLinks(descriptor, body);
    }
  }

  #receiveOfLinks(descriptor: number, body: AmqpReader): void {
    switch (descriptor) {
      case descriptors.transfer:
        this.#receiveTransfer(body);
        break;
      case descriptors.disposition:
        this.#transfers.receiveDisposition(decodeDisposition(body));
        this.#scheduleCredit();
        break;
      case descriptors.flow:
        this.#receiveFlow(decodeFlow(body));
        break;
      case descriptors.attach:
        this.#receiveAttach(body);
        break;
      case descriptors.detach: {
        const detach = decodeDetach(body);
        // One that comes twice, or crosses ours, finds no link any more: there is nothing left to do.
        this.#links.get(detach.handle)?.receiveDetach(detach);
        break;
      }
      default:
        throw violation('amqp:not-implemented', `There is no frame of the kind ${descriptor}.`);
    }
  }

  #receiveEnd(error: AmqpError | null): void {
    this.#end(null, error);
    this.connection.forget(this);
  }

  /** Writes `end`, once, and ends the links. */
  #end(written: AmqpError | null, told: AmqpError | null): void {
    if (!this.#isEnding) {
      this.writePending();
      this.writeFrame(encodeEnd, written);
      this.close(told);
    }
  }

  #receiveAttach(body: AmqpReader): void {
    const kept = body.copyRest();
    const bytes = kept.restBytes;
    const attach = decodeAttach(kept);
    const { handle } = attach;
    if (handle > this.settings.handleMax) {
      throw new ProtocolViolation('connection', framingError, `The handle ${handle} is too large.`);
    }
    if (this.#links.has(handle)) {
      throw violation('amqp:session:handle-in-use', `The handle ${handle} is in use.`);
    }
    if (!this.memory.add(attach, { bytes, elements: kept.elements })) {
      throw violation('amqp:resource-limit-exceeded', 'There are too many sessions and links.');
    }
    this.#names
      .get(keyOf(attach))
      ?.fail(amqpError('amqp:link:stolen', 'The link was attached once more.'));
    this.#addLink(attach);
  }

  #addLink(attach: Attach): void {
    const link =
      attach.role === 'sender' ? new IncomingLink(this, attach) : new OutgoingLink(this, attach);
    this.#links.set(attach.handle, link);
    this.#names.set(keyOf(attach), link);
    const { owner } = this.connection;
    if (link instanceof IncomingLink) {
      owner.onIncomingLink(link);
    } else {
      owner.onOutgoingLink(link);
    }
  }

  #receiveTransfer(body: AmqpReader): void {
    const transfer = decodeTransfer(body);
    if (!this.#windows.receiveTransfer()) {
      throw violation('amqp:session:window-violation', 'More transfers came than the window has.');
    }
    if (this.#windows.isIncomingLow) {
      this.#isFlowDue = true;
      this.connection.schedule(this);
    }
    const link = this.#getLink(transfer.handle);
    if (!(link instanceof IncomingLink)) {
      throw violation('amqp:not-allowed', 'A transfer came on a link of a receiver.');
    }
    link.receiveTransfer(transfer, body);
  }

  /** Less may wait for its outcome. */
  #scheduleCredit(): void {
    if (this.#isHeldUp) {
      this.connection.schedule(this);
    }
  }

  get #hasRoom(): boolean {
    return this.unsettledCount < this.settings.unsettledPerSessionMax;
  }

  #receiveFlow(flow: Flow): void {
    this.#windows.receiveFlow(flow);
    this.connection.schedule(this);
    if (flow.handle === null) {
      this.#isFlowDue ||= flow.echo ?? false;
      return;
    }
    const link = this.#getLink(flow.handle);
    if (link instanceof OutgoingLink) {
      link.receiveFlow(flow);
    } else if (flow.echo === true) {
      this.#flowsDue.add(link);
    }
  }

  #getLink(handle: number): Link {
    const link = this.#links.get(handle);
    if (link === undefined) {
      throw violation('amqp:session:unattached-handle', `Nothing is attached to ${handle}.`);
    }
    return link;
  }

  #writeFlows(): void {
    for (const link of this.#flowsDue) {
      if (link.isAttached) {
        this.#writeFlow(link.flow());
      }
    }
    this.#flowsDue.clear();
    if (this.#isFlowDue) {
      this.#writeFlow(ofNoLink);
    }
  }

  /** Each flow tells of the session's windows, too. */
  #writeFlow(ofLink: Omit<Flow, keyof ReturnType<SessionWindows['flow']> | 'echo'>): void {
    this.#isFlowDue = false;
    this.writeFrame(encodeFlow, { ...this.#windows.flow(), ...ofLink, echo: false });
  }

  #endLinks(error: AmqpError | null): void {
    for (const link of this.#links.values()) {
      link.end(error);
      this.#forgetLink(link);
    }
    this.#links.clear();
    this.#names.clear();
  }

  #forgetLink(link: Link): void {
    this.#flowsDue.delete(link);
    const key = keyOf(link.attach);
    if (this.#names.get(key) === link) {
      this.#names.delete(key);
    }
    if (link instanceof OutgoingLink) {
      this.#transfers.drop(link);
    }
  }
}

const framingError = 'amqp:connection:framing-error';

const ofNoLink = {
  handle: null,
  deliveryCount: null,
  linkCredit: null,
  available: null,
  drain: null,
};

function violation(condition: string, description: string): ProtocolViolation {
  return new ProtocolViolation('session', condition, description);
}

function keyOf({ role, name }: Attach): string {
  return `${role} ${name}`;
}

import type { Fields } from '../codec/amqp-value.js';
import type { Encoder } from '../frames/frame-output.js';
import { encodeAttach, type Attach } from '../performatives/attach.js';
import { encodeDetach, type Detach } from '../performatives/detach.js';
import type { AmqpError } from '../performatives/error.js';
import { sourceAt, targetAt, type Source, type Target } from '../performatives/terminus.js';
import type { ByteBudget } from './byte-budget.js';
import type { ConnectionSettings } from './connection-settings.js';

/** What a link is accepted with; what is left out, is as the client asked for it. */
export interface LinkTerms {
  readonly source?: Source;
  readonly target?: Target;
  readonly senderSettleMode?: number | null;
  readonly receiverSettleMode?: number | null;
  readonly maxMessageSize?: number;
  readonly offeredCapabilities?: readonly string[];
  readonly properties?: Fields | null;
}

/** What the end of a link needs of its session. */
export interface EndpointSession {
  readonly settings: ConnectionSettings;
  writeFrame<T>(encode: Encoder<T>, performative: T): void;
  /** What was settled or sent before goes out before what is written next. */
  writePending(): void;
  /** For messages that are not whole, or came or were sent too early. */
  readonly waiting: ByteBudget;
  /** The client no longer wants a link that is pending. @returns whether it waits for an answer to that */
  abandon(endpoint: LinkEndpoint): boolean;
  /** The handle is free again. */
  release(endpoint: LinkEndpoint): void;
  /** The link is over, and the owner has decided about it: it need not be held any more. */
  forget(endpoint: LinkEndpoint): void;
}

/**
 * Our end of a link: attaching and detaching (part 2, section 2.6; amqp.md §4). Each end writes
 * `attach` once and `detach` once; ours waits for the client to begin.
 */
export class LinkEndpoint {
  #state: 'pending' | 'attached' | 'detaching' | 'ended' = 'pending';
  #isDecided = false;

  constructor(
    private readonly session: EndpointSession,
    /** What the client sent. */
    readonly attach: Attach,
  ) {}

  /** Whether it is to be decided yet if the link is accepted. */
  get isPending(): boolean {
    return this.#state === 'pending';
  }

  get isAttached(): boolean {
    return this.#state === 'attached';
  }

  /** The smaller of the client's bound and ours; a client without one gives none, or 0. */
  maxMessageSizeOf(terms: LinkTerms): number {
    const ours = terms.maxMessageSize ?? this.session.settings.maxMessageSize;
    const theirs = Number(this.attach.maxMessageSize ?? 0n);
    return theirs === 0 ? ours : Math.min(theirs, ours);
  }

  /** The owner accepts the link or detaches it, be it there or gone. */
  decide(): void {
    if (!this.#isDecided) {
      this.#isDecided = true;
      this.#forgetIfOver();
    }
  }

  /** @returns false when the client has gone meanwhile */
  accept(terms: LinkTerms): boolean {
    this.decide();
    if (this.#state !== 'pending') {
      return false;
    }
    this.#state = 'attached';
    const { attach } = this;
    this.#writeAttach({
      source: terms.source ?? attach.source ?? sourceAt(null),
      target: terms.target ?? attach.target ?? targetAt(null),
      senderSettleMode: valueOr(terms.senderSettleMode, attach.senderSettleMode),
      receiverSettleMode: valueOr(terms.receiverSettleMode, attach.receiverSettleMode),
      maxMessageSize: BigInt(this.maxMessageSizeOf(terms)),
      offeredCapabilities: terms.offeredCapabilities ?? [],
      properties: valueOr(terms.properties, attach.properties),
    });
    return true;
  }

  /** Refuses a link that is pending, or ends one that is attached. @returns whether it was one of them */
  detach(error: AmqpError | null): boolean {
    if (this.#state !== 'pending' && this.#state !== 'attached') {
      return false;
    }
    this.#writeDetach(true, error);
    this.#state = 'detaching';
    return true;
  }

  /** @returns whether the link was attached until then */
  receiveDetach({ closed }: Detach): boolean {
    const wasAttached = this.isAttached;
    if (wasAttached || (this.isPending && this.session.abandon(this))) {
      this.#writeDetach(closed, null);
    }
    this.#end();
    this.session.release(this);
    return wasAttached;
  }

  /** The session is over. @returns whether the link was attached until then */
  end(): boolean {
    const wasAttached = this.isAttached;
    this.#end();
    return wasAttached;
  }

  #end(): void {
    this.#state = 'ended';
    this.#forgetIfOver();
  }

  #forgetIfOver(): void {
    if (this.#isDecided && this.#state === 'ended') {
      this.session.forget(this);
    }
  }

  #writeDetach(closed: boolean, error: AmqpError | null): void {
    const { handle } = this.attach;
    if (this.#state === 'pending') {
      // A client waits for an attach, and takes one that leads nowhere for a refusal (amqp.md §4.3).
      const { senderSettleMode, receiverSettleMode, maxMessageSize } = this.attach;
      const asAsked = { senderSettleMode, receiverSettleMode, maxMessageSize };
      const nowhere = { source: null, target: null, offeredCapabilities: [], properties: null };
      this.#writeAttach({ ...asAsked, ...nowhere });
    } else {
      this.session.writePending();
    }
    this.session.writeFrame(encodeDetach, { handle, closed, error });
  }

  #writeAttach(answer: Omit<Attach, keyof typeof noAnswer | 'name' | 'handle' | 'role'>): void {
    const { name, handle, role } = this.attach;
    this.session.writeFrame(encodeAttach, {
      ...noAnswer,
      ...answer,
      name,
      handle,
      role: role === 'sender' ? 'receiver' : 'sender',
      initialDeliveryCount: role === 'sender' ? null : 0,
    });
  }
}

/** What our attach never has, or has by its role alone. */
const noAnswer = { initialDeliveryCount: null, desiredCapabilities: [] };

/** Null is a value. */
function valueOr<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value;
}

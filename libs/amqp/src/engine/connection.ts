import type { AmqpReader } from '../codec/amqp-reader.js';
import { FrameOutput } from '../frames/frame-output.js';
import { FrameStream, frameTypes, type FrameListener } from '../frames/frame-stream.js';
import { FramingError } from '../frames/framing-error.js';
import { protocolHeaders, protocolOf } from '../frames/protocol-header.js';
import { decodeBegin, encodeBegin } from '../performatives/begin.js';
import { descriptors, readDescriptor } from '../performatives/descriptors.js';
import { decodeEnding, encodeClose } from '../performatives/ending.js';
import { amqpError, type AmqpError } from '../performatives/error.js';
import { decodeOpen, encodeOpen, type Open } from '../performatives/open.js';
import type { SaslOutcome } from '../performatives/sasl.js';
import { ByteBudget } from './byte-budget.js';
import type { ConnectionHandlers, Transport } from './connection-owner.js';
import type { ConnectionSettings } from './connection-settings.js';
import { IdleTimes } from './idle-times.js';
import { peerErrorFor } from './peer-error.js';
import { ProtocolViolation } from './protocol-violation.js';
import { SaslLayer } from './sasl-layer.js';
import { Session, type LinkOwner, type SessionConnection } from './session.js';

/**
 * A client's AMQP connection, without a socket and without a clock: bytes go in by `push`, out by
 * `flush`, and time comes by `tick`. None of them throws: what breaks the rules ends the link, the session
 * or the connection that it belongs to, as the standard says, and a fault of our own, or one that a handler
 * throws, this connection and no other.
 */
export class AmqpConnection implements FrameListener, SessionConnection {
  readonly output = new FrameOutput();
  readonly waiting: ByteBudget;
  readonly endpoints: ByteBudget;
  readonly #stream: FrameStream;
  readonly #sasl: SaslLayer;
  readonly #idle: IdleTimes;
  readonly #sessions = new Map<number, Session>();
  /** Late frames of channels whose client has sent `end` are no violation (amqp.md §3). */
  readonly #endedChannels = new Set<number>();
  readonly #pending = new Set<Session>();
  #stage: 'headers' | 'sasl' | 'opening' | 'open' | 'closing' | 'ended' = 'headers';
  #peer: Pick<Open, 'channelMax' | 'maxFrameSize'> | undefined;
  #isFlushWanted = false;
  /** No credit counts while so much waits. */
  #isHeldUp = false;
  #isTransportEnded = false;

  constructor(
    readonly settings: ConnectionSettings,
    private readonly transport: Transport,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.waiting = new ByteBudget(settings.waitingBytesMax);
    this.endpoints = new ByteBudget(settings.endpointBytesMax);
    this.#stream = new FrameStream(this, settings.maxFrameSize);
    this.#sasl = new SaslLayer(settings.saslMechanisms, this.output);
    this.#idle = new IdleTimes(settings);
  }

  get owner(): LinkOwner {
    return this.handlers;
  }

  /** Memory for many sessions and links, for what has come and is not handed on yet, and what waits to be sent. */
  get keptBytes(): number {
    const endpoints = this.endpoints.takenBytes - this.settings.endpointBytesFree;
    return this.#stream.keptBytes + this.waiting.takenBytes + Math.max(0, endpoints);
  }

  /** What `flush` would write at least. */
  get outputBytes(): number {
    return this.output.bytes;
  }

  get peerFrameSizeMax(): number {
    const theirs = Math.max(frameSizeMin, this.#peer?.maxFrameSize ?? Infinity);
    return Math.min(theirs, this.settings.maxFrameSize);
  }

  push(bytes: Buffer): void {
    this.#idle.noteInput();
    this.#guard(() => {
      this.#stream.push(bytes);
    });
  }

  /** Writes all that has gathered. */
  flush(): void {
    // What is written to the output from here on is taken below: nobody needs to ask for it.
    this.#isFlushWanted = true;
    this.#isHeldUp ||= this.waiting.isHalfTaken;
    const written = [...this.#pending];
    this.#guard(() => {
      for (const session of this.#pending) {
        session.writePending();
      }
      this.#pending.clear();
    });
    const parts = this.output.take();
    this.#isFlushWanted = false;
    if (parts.length > 0 && !this.#isTransportEnded) {
      this.#idle.noteOutput();
      this.transport.write(parts);
    }
    if (this.#stage === 'ended' && !this.#isTransportEnded) {
      this.#isTransportEnded = true;
      this.transport.end();
    }
    this.#guard(() => {
      this.#tellCredit();
      for (const session of written) {
        session.tellCreditAgain();
      }
    });
  }

  /**
   * To be called several times a minute: keeps the client from hanging up, ends silent ones.
   *
   * @param isReading false while the owner holds up what comes, for which no client is called silent. When it
   * does so because a client does not read, it should leave that out: such a client is to end, too.
   */
  tick(nowMs: number, isReading = true): void {
    if (!isReading) {
      this.#idle.noteInput();
    }
    const due = this.#idle.tick(nowMs, this.#stage === 'closing');
    if (this.#stage === 'ended') {
      return;
    }
    if (due === 'frame' && this.#stage === 'open') {
      this.output.writeEmptyFrame();
      this.#wantFlush();
    } else if (due === 'silent') {
      const { idleTimeOutMs } = this.settings;
      this.abort(amqpError(forced, `Nothing came for twice ${idleTimeOutMs} milliseconds.`));
    } else if (due === 'unanswered') {
      this.#end(null);
    }
  }

  /** The verdict about what `onSaslInit` told. */
  answerSasl(outcome: SaslOutcome): void {
    if (this.#stage !== 'sasl') {
      return;
    }
    this.#sasl.writeOutcome(outcome);
    this.#wantFlush();
    if (outcome.code !== 0) {
      this.#end(null);
      return;
    }
    this.#stage = 'headers';
    this.#stream.expectHeader();
    this.#guard(() => {
      this.#stream.release();
    });
  }

  /** Ends the connection in good order, with an error or without. */
  close(error: AmqpError | null): void {
    this.#guard(() => {
      if (this.#stage === 'headers' || this.#stage === 'sasl') {
        this.#end(error);
      } else {
        this.#startClosing(error, error);
      }
    });
  }

  /** Ends the connection without waiting for the client to agree. */
  abort(error: AmqpError): void {
    this.close(error);
    this.#end(error);
  }

  /** Something went wrong that is not the client's fault. */
  fail(error: unknown): void {
    this.handlers.onFault(error);
    // It may be one of these that cannot be written.
    this.#pending.clear();
    this.abort(amqpError('amqp:internal-error', 'Internal error.'));
  }

  /** The socket is gone. */
  transportClosed(): void {
    this.#isTransportEnded = true;
    this.#end(null);
  }

  onProtocolHeader(header: Buffer): void {
    const protocol = protocolOf(header);
    this.#wantFlush();
    if (protocol === 'sasl' && !this.#sasl.isDone) {
      this.output.writeHeader(protocolHeaders.sasl);
      this.#sasl.writeMechanisms();
      this.#stage = 'sasl';
    } else if (protocol === 'amqp') {
      this.output.writeHeader(protocolHeaders.amqp);
      this.#stage = 'opening';
    } else {
      this.output.writeHeader(this.#sasl.isDone ? protocolHeaders.amqp : protocolHeaders.sasl);
      this.#end(null);
    }
  }

  onFrame(type: number, channel: number, body: AmqpReader): void {
    if (this.#stage === 'sasl' && type === frameTypes.sasl) {
      this.#receiveSaslInit(body);
    } else if (this.#stage === 'sasl' || type !== frameTypes.amqp) {
      throw new FramingError(`a frame of type ${type}`);
    } else if (!body.isAtEnd) {
      this.#receive(channel, body);
    }
  }

  schedule(session: Session): void {
    this.#pending.add(session);
    this.#wantFlush();
  }

  forget(session: Session): void {
    this.#remove(session);
    this.#endedChannels.add(session.channel);
  }

  #tellCredit(): void {
    if (this.#isHeldUp && !this.waiting.isHalfTaken) {
      this.#isHeldUp = false;
      for (const session of this.#sessions.values()) {
        session.tellCredit();
      }
    }
  }

  #receiveSaslInit(body: AmqpReader): void {
    const init = this.#sasl.receive(body);
    this.#stream.hold();
    if (init === undefined) {
      this.answerSasl({ code: 1, additionalData: null });
    } else {
      this.handlers.onSaslInit(init);
    }
  }

  #receive(channel: number, body: AmqpReader): void {
    const descriptor = readDescriptor(body);
    if (descriptor === descriptors.close) {
      this.#receiveClose(decodeEnding(body));
    } else if (this.#stage === 'opening') {
      this.#receiveOpen(descriptor, body);
    } else if (this.#stage === 'open') {
      this.#receiveOfSession(channel, descriptor, body);
    }
  }

  #receiveOpen(descriptor: number, body: AmqpReader): void {
    if (descriptor !== descriptors.open) {
      throw violation('amqp:illegal-state', 'The connection is not open.');
    }
    const open = decodeOpen(body.copyRest());
    this.#peer = { channelMax: open.channelMax, maxFrameSize: open.maxFrameSize };
    this.#idle.peerTimeOutMs = open.idleTimeOutMs;
    this.#writeOpen();
    this.#stage = 'open';
    this.handlers.onOpen(open);
  }

  #receiveOfSession(channel: number, descriptor: number, body: AmqpReader): void {
    const session = this.#sessions.get(channel);
    if (descriptor === descriptors.begin) {
      this.#receiveBegin(channel, body);
    } else if (descriptor === descriptors.open) {
      throw violation('amqp:illegal-state', 'The connection is open already.');
    } else if (session !== undefined) {
      session.receive(descriptor, body);
    } else if (!this.#endedChannels.has(channel)) {
      throw violation('amqp:not-found', `There is no session on channel ${channel}.`);
    }
  }

  #receiveBegin(channel: number, body: AmqpReader): void {
    const begin = decodeBegin(body);
    if (channel > Math.min(this.settings.channelMax, this.#peer?.channelMax ?? Infinity)) {
      throw violation(framingError, `The channel ${channel} is too large.`);
    }
    if (this.#sessions.has(channel) || begin.remoteChannel !== null) {
      throw violation('amqp:not-allowed', `A session on channel ${channel} is begun already.`);
    }
    const session = new Session(this, channel, begin);
    if (!session.memory.begin()) {
      throw violation('amqp:resource-limit-exceeded', 'There are too many sessions and links.');
    }
    this.#endedChannels.delete(channel);
    this.#sessions.set(channel, session);
    this.output.writeFrame(channel, encodeBegin, session.begin());
    this.#wantFlush();
  }

  #receiveClose(error: AmqpError | null): void {
    this.#startClosing(null, error);
    this.#end(error);
  }

  /** Writes `close`, once. */
  #startClosing(written: AmqpError | null, told: AmqpError | null): void {
    if (this.#stage === 'opening' || this.#stage === 'open') {
      this.#writeClose(written);
      this.#stage = 'closing';
      this.#endSessions(told);
    }
  }

  #writeOpen(): void {
    const { containerId, hostname, maxFrameSize, channelMax, idleTimeOutMs } = this.settings;
    this.output.writeFrame(0, encodeOpen, {
      containerId,
      hostname,
      maxFrameSize,
      channelMax,
      idleTimeOutMs,
      offeredCapabilities: [],
      desiredCapabilities: [],
      properties: null,
    });
    this.#wantFlush();
  }

  /** What waits is written before; a peer that has not seen our `open` gets that first. */
  #writeClose(error: AmqpError | null): void {
    if (this.#stage === 'opening') {
      this.#writeOpen();
    }
    for (const session of this.#pending) {
      session.writePending();
    }
    this.output.writeFrame(0, encodeClose, error);
    this.#wantFlush();
  }

  /** Runs what may find that the peer broke the rules, or fail by itself. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      const theirs = peerErrorFor(error);
      if (theirs === undefined) {
        this.fail(error);
      } else {
        this.abort(theirs);
      }
    }
  }

  #end(error: AmqpError | null): void {
    if (this.#stage === 'ended') {
      return;
    }
    this.#stage = 'ended';
    this.#stream.stop();
    this.#wantFlush();
    this.#endSessions(error);
    this.handlers.onClosed(error);
  }

  #endSessions(error: AmqpError | null): void {
    for (const session of this.#sessions.values()) {
      this.#remove(session);
      try {
        session.close(error);
      } catch (fault) {
        this.handlers.onFault(fault);
      }
    }
    this.#pending.clear();
  }

  #remove(session: Session): void {
    this.#sessions.delete(session.channel);
    session.memory.end();
  }

  #wantFlush(): void {
    if (!this.#isFlushWanted && !this.#isTransportEnded) {
      this.#isFlushWanted = true;
      this.transport.flushWanted();
    }
  }
}

/** What every peer must take (part 2, section 2.7.1). */
const frameSizeMin = 512;

const framingError = 'amqp:connection:framing-error';
const forced = 'amqp:connection:forced';

function violation(condition: string, description: string): ProtocolViolation {
  return new ProtocolViolation('connection', condition, description);
}

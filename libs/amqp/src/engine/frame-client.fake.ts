import type { AmqpReader } from '../codec/amqp-reader.js';
import { FrameOutput, type Encoder } from '../frames/frame-output.js';
import { FrameStream, type FrameListener } from '../frames/frame-stream.js';
import { protocolHeaders } from '../frames/protocol-header.js';
import { decodeAttach, encodeAttach, type Attach } from '../performatives/attach.js';
import { decodeBegin, encodeBegin, type Begin } from '../performatives/begin.js';
import { descriptors, readDescriptor } from '../performatives/descriptors.js';
import { decodeDetach } from '../performatives/detach.js';
import { decodeDisposition } from '../performatives/disposition.js';
import { decodeEnding } from '../performatives/ending.js';
import { decodeFlow, encodeFlow, type Flow } from '../performatives/flow.js';
import { decodeOpen, encodeOpen, type Open } from '../performatives/open.js';
import { sourceAt, targetAt } from '../performatives/terminus.js';
import { decodeTransfer, encodeTransfer, type Transfer } from '../performatives/transfer.js';
import { TestServer, type TestServerOptions } from './test-server.fake.js';

/** A frame that the server wrote. */
export interface ReceivedFrame {
  readonly name: string;
  readonly channel: number;
  readonly performative: unknown;
  readonly payload: Buffer;
}

/**
 * A client that says exactly what a test tells it to, frame by frame, to a server in the same process,
 * and writes down what it is answered. Nothing happens later: each call is flushed both ways.
 */
export class FrameClient implements FrameListener {
  readonly frames: ReceivedFrame[] = [];
  readonly headers: string[] = [];
  readonly server: TestServer;
  isEnded = false;
  /** What is sent is gathered until it is false again. */
  #isGathering = false;
  readonly #output = new FrameOutput();
  readonly #stream = new FrameStream(this, 0x7fffffff);

  constructor(options?: TestServerOptions) {
    this.server = new TestServer(
      (parts) => {
        this.#stream.push(Buffer.concat(parts));
      },
      () => {
        this.isEnded = true;
      },
      options,
    );
  }

  /** A client whose connection and session 0 are open. */
  static open(options?: TestServerOptions, open: Partial<Open> = {}): FrameClient {
    const client = new FrameClient(options);
    client.header().open(open).begin();
    client.frames.length = 0;
    return client;
  }

  /** The performatives of a kind that came. */
  received(name: string): unknown[] {
    return this.frames.filter((frame) => frame.name === name).map((frame) => frame.performative);
  }

  get names(): string[] {
    return this.frames.map((frame) => frame.name);
  }

  /** All that is sent within goes out in one piece. */
  inOnePiece(send: () => void): this {
    this.#isGathering = true;
    send();
    this.#isGathering = false;
    return this.#flush();
  }

  header(bytes: Buffer = protocolHeaders.amqp): this {
    this.#output.writeHeader(bytes);
    return this.#flush();
  }

  raw(hex: string): this {
    return this.header(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  send<T>(encode: Encoder<T>, performative: T, channel = 0): this {
    this.#output.writeFrame(channel, encode, performative);
    return this.#flush();
  }

  sendSasl<T>(encode: Encoder<T>, performative: T): this {
    this.#output.writeSaslFrame(encode, performative);
    return this.#flush();
  }

  open(open: Partial<Open> = {}): this {
    return this.send(encodeOpen, { ...plainOpen, ...open });
  }

  begin(begin: Partial<Begin> = {}, channel = 0): this {
    return this.send(encodeBegin, { ...plainBegin, ...begin }, channel);
  }

  attach(attach: Pick<Attach, 'role'> & Partial<Attach>, channel = 0): this {
    return this.send(encodeAttach, { ...plainAttach, ...attach }, channel);
  }

  flow(flow: Partial<Flow>, channel = 0): this {
    return this.send(encodeFlow, { ...plainFlow, ...flow }, channel);
  }

  transfer(transfer: Partial<Transfer>, payload = Buffer.from('x'), channel = 0): this {
    this.#output.writeFrame(channel, encodeTransfer, { ...plainTransfer, ...transfer }, payload);
    return this.#flush();
  }

  onProtocolHeader(header: Buffer): void {
    this.headers.push(header.toString('latin1'));
  }

  onFrame(_type: number, channel: number, body: AmqpReader): void {
    if (body.isAtEnd) {
      this.frames.push({ name: 'empty', channel, performative: null, payload: body.rest() });
      return;
    }
    const descriptor = readDescriptor(body);
    const [name = ''] = Object.entries(descriptors).find(([, code]) => code === descriptor) ?? [];
    const performative = decoders[name]?.(body);
    if (name === 'saslOutcome') {
      this.#stream.expectHeader();
    }
    this.frames.push({ name, channel, performative, payload: body.rest() });
  }

  /** Sends what is gathered, and has the server answer. */
  #flush(): this {
    if (!this.#isGathering) {
      this.server.connection.push(Buffer.concat(this.#output.take()));
      this.server.connection.flush();
    }
    return this;
  }
}

const decoders: Readonly<Record<string, (reader: AmqpReader) => unknown>> = {
  open: decodeOpen,
  begin: decodeBegin,
  attach: decodeAttach,
  flow: decodeFlow,
  transfer: decodeTransfer,
  disposition: decodeDisposition,
  detach: decodeDetach,
  end: decodeEnding,
  close: decodeEnding,
};

const plainOpen: Open = {
  containerId: 'client',
  hostname: null,
  maxFrameSize: null,
  channelMax: null,
  idleTimeOutMs: null,
  offeredCapabilities: [],
  desiredCapabilities: [],
  properties: null,
};

const plainBegin: Begin = {
  remoteChannel: null,
  nextOutgoingId: 0,
  incomingWindow: 2_048,
  outgoingWindow: 0xffffffff,
  handleMax: null,
};

const plainAttach: Omit<Attach, 'role'> = {
  name: 'link',
  handle: 0,
  senderSettleMode: null,
  receiverSettleMode: null,
  source: sourceAt('source'),
  target: targetAt('target'),
  initialDeliveryCount: null,
  maxMessageSize: null,
  offeredCapabilities: [],
  desiredCapabilities: [],
  properties: null,
};

const plainFlow: Flow = {
  nextIncomingId: 1,
  incomingWindow: 2_048,
  nextOutgoingId: 0,
  outgoingWindow: 0xffffffff,
  handle: null,
  deliveryCount: null,
  linkCredit: null,
  available: null,
  drain: null,
  echo: null,
};

const plainTransfer: Transfer = {
  handle: 0,
  deliveryId: 0,
  deliveryTag: Buffer.from('tag'),
  messageFormat: 0,
  settled: null,
  more: null,
  aborted: null,
};

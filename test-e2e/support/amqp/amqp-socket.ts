import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { eventually } from '@linchpin/testing';
import rhea, { type Message } from 'rhea';
import { openTls, type DeviceSocketOptions } from '../device-socket.js';
import { hub } from '../hub.js';
import {
  decodeFrame,
  encodeFrame,
  protocolHeaders,
  type AmqpFrame,
  type FrameFields,
} from './amqp-frames.js';

const waitMs = 20_000;

/** What a client that means no harm begins with. */
export const begin = { next_outgoing_id: 0, incoming_window: 2_048, outgoing_window: 0xffffffff };

/** The two links of `$cbs`, which have these handles on channel 0. */
const cbs = { sender: 1_000, receiver: 1_001 } as const;

/** A client of the hub's AMQP port that sends what a test says, byte by byte or frame by frame. */
export class AmqpSocket {
  readonly frames: AmqpFrame[] = [];
  #unread = Buffer.alloc(0);
  #expectsHeader = true;
  #lastDelivery = -1;

  private constructor(readonly socket: TLSSocket) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
  }

  /** The TLS handshake is complete. */
  static async connect(options: DeviceSocketOptions = {}): Promise<AmqpSocket> {
    return new AmqpSocket(await openTls({ port: 5671, ...options }));
  }

  /** A connection and its first session are open. @param host of the hub that is meant */
  static async open(options: DeviceSocketOptions = {}, host = hub.host): Promise<AmqpSocket> {
    const client = await AmqpSocket.connect(options);
    client.write(protocolHeaders.amqp);
    client.send('open', { container_id: 'c', hostname: host, max_frame_size: 65_536 });
    client.send('begin', begin);
    await client.expect('begin');
    return client;
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  send(name: string, fields: FrameFields, more: Parameters<typeof encodeFrame>[2] = {}): void {
    this.write(encodeFrame(name, fields, more));
  }

  attachSender(address: string, handle: number, more: FrameFields = {}): void {
    this.send('attach', {
      name: `sender ${handle}`,
      handle,
      role: false,
      ...ends('me', address),
      initial_delivery_count: 0,
      ...more,
    });
  }

  /** Gives credit at once. */
  attachReceiver(address: string, handle: number, credit = 100): void {
    this.send('attach', { name: `receiver ${handle}`, handle, role: true, ...ends(address, 'me') });
    this.giveCredit(handle, credit);
  }

  giveCredit(handle: number, link_credit: number, delivery_count = 0): void {
    this.send('flow', { next_incoming_id: 1, ...begin, handle, delivery_count, link_credit });
  }

  /** The id of the delivery. */
  transfer(handle: number, payload: Buffer, more: FrameFields = {}): number {
    this.#lastDelivery += 1;
    const delivery_id = this.#lastDelivery;
    const delivery_tag = Buffer.from(String(delivery_id));
    this.send('transfer', { handle, delivery_id, delivery_tag, ...more }, { payload });
    return delivery_id;
  }

  /** The first frame of this name that came or comes, and that is it. @throws Error when none does */
  async expect(name: string, isIt: (frame: AmqpFrame) => boolean = () => true): Promise<AmqpFrame> {
    const find = () => this.frames.find((frame) => frame.name === name && isIt(frame));
    await eventually(() => find() !== undefined || this.isClosed, waitMs, name);
    const found = find();
    if (found === undefined) {
      throw new Error(
        `closed without ${name}, after ${this.frames.map(({ name }) => name).join()}`,
      );
    }
    return found;
  }

  /** Which error a frame of this name came with. */
  async conditionOf(name: string, isIt?: (frame: AmqpFrame) => boolean): Promise<unknown> {
    const { fields } = await this.expect(name, isIt);
    return (fields['error'] as { readonly condition: unknown } | undefined)?.condition;
  }

  /** The frame that refuses or ends the link of this handle; the hub's handles are the client's. */
  detached(handle: number): Promise<unknown> {
    return this.conditionOf('detach', ({ fields }) => fields['handle'] === handle);
  }

  /** @throws Error unless the hub has closed it in time */
  async closed(): Promise<void> {
    await eventually(() => this.isClosed, waitMs, 'the end of the connection');
  }

  /** Opens `$cbs`, for `putToken`. */
  async openCbs(): Promise<void> {
    this.attachSender('$cbs', cbs.sender);
    this.attachReceiver('$cbs', cbs.receiver, 1_000);
    await this.expect('flow', ({ fields }) => fields['handle'] === cbs.sender);
  }

  /** @returns the status of the answer */
  async putToken(token: string): Promise<number> {
    const id = `put ${this.#lastDelivery}`;
    this.transfer(cbs.sender, encodePut(id, token));
    const { payload } = await this.expect(
      'transfer',
      (frame) => decodeMessage(frame.payload).correlation_id === id,
    );
    return Number(decodeMessage(payload).application_properties?.['status-code']);
  }

  async end(): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) {
      await once(this.socket, 'close');
    }
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (let length = this.#unitLength(); length <= this.#unread.length;) {
      const unit = this.#unread.subarray(0, length);
      this.#unread = this.#unread.subarray(length);
      this.#take(unit);
      length = this.#unitLength();
    }
  }

  #unitLength(): number {
    if (this.#expectsHeader) {
      return 8;
    }
    return this.#unread.length < 4 ? 4 : this.#unread.readUInt32BE(0);
  }

  #take(unit: Buffer): void {
    if (this.#expectsHeader) {
      this.#expectsHeader = false;
      this.frames.push({ name: 'header', channel: 0, fields: {}, payload: unit });
      return;
    }
    const frame = decodeFrame(unit);
    this.#expectsHeader = frame.name === 'sasl_outcome';
    this.frames.push(frame);
  }
}

/** What a client asks `$cbs` with. */
export function encodePut(id: string, token: string): Buffer {
  return rhea.message.encode({
    message_id: id,
    to: '$cbs',
    reply_to: 'cbs',
    application_properties: {
      operation: 'put-token',
      type: 'servicebus.windows.net:sastoken',
      name: 'any',
    },
    body: token,
  });
}

export function encodeTwinRequest(operation: string): Buffer {
  return rhea.message.encode({
    message_annotations: { operation },
    correlation_id: operation,
    body: ' ',
  });
}

export function decodeMessage(payload: Buffer): Message {
  return rhea.message.decode(payload) as unknown as Message;
}

/** A message of so many bytes. */
export function encodeMessage(bytes: number): Buffer {
  const body: unknown = rhea.message.data_section(Buffer.alloc(bytes));
  return rhea.message.encode({ body });
}

function ends(source: string, target: string): FrameFields {
  const at = (descriptor: number, address: string): unknown =>
    rhea.types.described(
      rhea.types.wrap_ulong(descriptor),
      rhea.types.wrap_list([rhea.types.wrap_string(address)]),
    );
  return { source: at(0x28, source), target: at(0x29, target) };
}

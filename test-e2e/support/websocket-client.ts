/** A client of the hub's WebSockets that sends the frames that a test says (RFC 6455), whole or in pieces. */
import { createHash, randomBytes } from 'node:crypto';
import { eventually } from '@linchpin/testing';
import type { DeviceSocketOptions } from './device-socket.js';
import { HttpsSocket, valueOf, type RawAnswer } from './https-socket.js';
import { hub } from './hub.js';

export interface Frame {
  /** The first byte: FIN, RSV1 to 3 and the opcode. */
  readonly head: number;
  readonly payload: Buffer;
}

interface Upgrade {
  readonly path?: string;
  /** None when it is undefined. */
  readonly protocol?: string | undefined;
  /** In the place of the usual ones, or beside them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly socket?: DeviceSocketOptions;
}

export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** The whole message in one frame. */
export const final = 0x80;

/** What follows the key of a client before it is hashed (section 1.3). */
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Asks for a WebSocket, and tells the answer. */
export async function askForWebSocket({
  path = '/$iothub/websocket',
  protocol,
  headers,
  socket,
}: Upgrade): Promise<{ readonly answer: RawAnswer; readonly socket: HttpsSocket }> {
  const opened = await HttpsSocket.connect(socket);
  const sent = {
    Host: hub.host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...(protocol !== undefined && { 'Sec-WebSocket-Protocol': protocol }),
    ...headers,
  };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  opened.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const answer = await opened.read();
  const accept = createHash('sha1')
    .update(sent['Sec-WebSocket-Key'] + keySuffix)
    .digest('base64');
  if (answer.status === 101 && valueOf(answer.headers, 'sec-websocket-accept') !== accept) {
    throw new Error('the key of the WebSocket is not accepted as it must be');
  }
  return { answer, socket: opened };
}

export class WebSocketClient {
  readonly frames: Frame[] = [];
  #unread = Buffer.alloc(0);

  private constructor(readonly https: HttpsSocket) {
    https.handOver((chunk) => {
      this.#read(chunk);
    });
  }

  /** @throws Error when it is refused */
  static async open(upgrade: Upgrade): Promise<WebSocketClient> {
    const { answer, socket } = await askForWebSocket(upgrade);
    if (answer.status !== 101) {
      throw new Error(`the WebSocket was refused with ${answer.status}`);
    }
    return new WebSocketClient(socket);
  }

  get isClosed(): boolean {
    return this.https.socket.destroyed;
  }

  /** All payloads of binary frames. */
  get bytes(): Buffer {
    const ofMessages = this.frames.filter(({ head }) => (head & 0x0f) <= opcodes.binary);
    return Buffer.concat(ofMessages.map(({ payload }) => payload));
  }

  sendBinary(payload: Buffer): void {
    this.send(final | opcodes.binary, payload);
  }

  send(head: number, payload: Buffer): void {
    this.https.write(encodeFrame(head, payload));
  }

  /** The code of the hub's close; rejects when none comes. */
  async closeCode(): Promise<number> {
    const isClose = ({ head }: Frame): boolean => (head & 0x0f) === opcodes.close;
    await eventually(() => this.frames.some(isClose), 15_000, 'a close of the WebSocket');
    return this.frames.find(isClose)!.payload.readUInt16BE(0);
  }

  async closed(): Promise<void> {
    await eventually(() => this.isClosed, 15_000, 'the end of the WebSocket');
  }

  /** Resolves when so many bytes of messages have come. */
  async receive(length: number): Promise<Buffer> {
    await eventually(() => this.bytes.length >= length, 15_000, `${length} bytes`);
    return this.bytes;
  }

  destroy(): void {
    this.https.destroy();
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
      this.frames.push(frame);
    }
  }

  /** A server masks nothing. */
  #take(): Frame | undefined {
    const [head = 0, shortLength = 0] = this.#unread;
    const extended = shortLength === 126 ? 2 : shortLength === 127 ? 8 : 0;
    const start = 2 + extended;
    if (this.#unread.length < start) {
      return undefined;
    }
    const length =
      extended === 0
        ? shortLength
        : this.#unread.readUIntBE(start - Math.min(extended, 6), Math.min(extended, 6));
    if (this.#unread.length < start + length) {
      return undefined;
    }
    const payload = this.#unread.subarray(start, start + length);
    this.#unread = this.#unread.subarray(start + length);
    return { head, payload };
  }
}

/** As a client writes it: masked. */
export function encodeFrame(head: number, payload: Buffer, mask = randomBytes(4)): Buffer {
  const { length } = payload;
  const lengthBytes = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  if (length < 126) {
    lengthBytes.writeUInt8(0x80 | length);
  } else if (length < 65_536) {
    lengthBytes.writeUInt8(0x80 | 126);
    lengthBytes.writeUInt16BE(length, 1);
  } else {
    lengthBytes.writeUInt8(0x80 | 127);
    lengthBytes.writeBigUInt64BE(BigInt(length), 1);
  }
  const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]!));
  return Buffer.concat([Buffer.from([head]), lengthBytes, mask, masked]);
}

import type { Duplex } from 'node:stream';
import { generate, parser, type IConnectPacket, type Packet, type QoS } from 'mqtt-packet';

/** The other side of a connection: says what a test wants, and keeps what comes. */
export class FakeClient {
  readonly packets: Packet[] = [];
  readonly closed: Promise<void>;
  #bytes: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #onChange: () => void = () => undefined;

  constructor(readonly stream: Duplex) {
    const decoder = parser({ protocolVersion: 4 });
    decoder.on('packet', (packet: Packet) => this.packets.push(packet));
    decoder.on('error', () => undefined);
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      decoder.parse(chunk);
      this.#onChange();
    });
    this.closed = new Promise((resolve) => {
      stream.once('close', () => {
        this.#isClosed = true;
        this.#onChange();
        resolve();
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** All that came, in hexadecimal. */
  get hex(): string {
    return this.#bytes.toString('hex');
  }

  send(...packets: readonly (Packet | Buffer)[]): void {
    this.stream.write(
      Buffer.concat(packets.map((packet) => ('cmd' in packet ? generate(packet) : packet))),
    );
  }

  /** Resolves when so many packets have come in all; rejects when the connection closed before. */
  async receive(count: number): Promise<readonly Packet[]> {
    while (this.packets.length < count) {
      if (this.#isClosed) {
        throw new Error(`closed after ${this.packets.length} packets`);
      }
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    return this.packets;
  }
}

/** CONNECT of the device `d1` of `h.example.net`, unless told otherwise. */
export function connectPacket(fields: Partial<IConnectPacket> = {}): Packet {
  const { clientId = 'd1' } = fields;
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: false,
    keepalive: 60,
    username: `h.example.net/${clientId}/?api-version=2021-04-12`,
    password: Buffer.from('good'),
    ...fields,
    clientId,
  };
}

/** CONNECT that lacks what is named. */
export function connectPacketWithout(...names: readonly ('username' | 'password')[]): Packet {
  const fields = Object.entries(connectPacket());
  return Object.fromEntries(fields.filter(([name]) => !names.includes(name as never))) as never;
}

export function publishPacket(
  topic: string,
  payload: string | Buffer = '',
  fields: { readonly qos?: 0 | 1 | 2; readonly messageId?: number; readonly retain?: boolean } = {},
): Packet {
  const { qos = 0, messageId, retain = false } = fields;
  const packet = { cmd: 'publish', topic, payload, qos, dup: false, retain } as const;
  return messageId === undefined ? packet : { ...packet, messageId };
}

export function subscribePacket(
  messageId: number,
  filters: readonly (readonly [filter: string, qos: QoS])[],
): Packet {
  const subscriptions = filters.map(([topic, qos]) => ({ topic, qos }));
  return { cmd: 'subscribe', messageId, subscriptions };
}

/** For `connectPacket`. */
export function willOf(
  topic: string,
  payload: string,
  retain = false,
): NonNullable<IConnectPacket['will']> {
  return { topic, payload: Buffer.from(payload), qos: 1, retain };
}

import { ProtocolViolation } from './protocol-violation.js';

/** Receives each whole control packet, and where in it the variable header begins. */
export type PacketListener = (packet: Buffer, bodyStart: number) => void;

/**
 * Cuts the bytes of a connection into control packets (MQTT 3.1.1 section 2.2). A packet is handed
 * on alone, so that whoever decodes it cannot read beyond its end, and a length above the bound ends
 * the connection before a byte of the body is kept.
 *
 *     packet = firstByte remainingLength body
 *     remainingLength = 1 to 4 bytes, seven bits each, the lowest first, the top bit means "more"
 */
export class PacketStream {
  /** The beginning of a packet whose end has not come yet; grows as bytes come, not as promised. */
  #partial: Buffer = noBytes;
  #partialBytes = 0;
  /** How many bytes there must be before it is worth another look. */
  #neededBytes = 0;
  /** Of the packet whose length was read last. */
  #bodyStart = 0;
  #begun = 0;
  #isHeld = false;

  /** @param remainingLengthMax may change; holds for packets whose length is read from then on */
  constructor(
    public remainingLengthMax: number,
    private readonly onPacket: PacketListener,
  ) {}

  /** Memory for what is not handed on yet. */
  get partialBytes(): number {
    return this.#partial.length;
  }

  /** How many packets have not come whole at once; it rises with the beginning of each. */
  get begun(): number {
    return this.#begun;
  }

  /** @throws ProtocolViolation for a length that is malformed or too large */
  push(chunk: Buffer): void {
    if (this.#partialBytes === 0) {
      this.#cut(chunk);
      return;
    }
    this.#append(chunk);
    if (this.#partialBytes >= this.#neededBytes) {
      this.#cutKept();
    }
  }

  /** From now on bytes are kept as they come: as packets, the smallest would take eighty times as much. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Cuts what has come meanwhile, and goes on. @throws ProtocolViolation as `push` */
  release(): void {
    this.#isHeld = false;
    this.#cutKept();
  }

  /** Forgets what is kept. */
  clear(): void {
    this.#partial = noBytes;
    this.#partialBytes = 0;
  }

  #cutKept(): void {
    const bytes = this.#partial.subarray(0, this.#partialBytes);
    this.clear();
    this.#cut(bytes);
  }

  #cut(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.length) {
      if (this.#isHeld) {
        this.#neededBytes = Infinity;
        this.#append(bytes.subarray(start));
        return;
      }
      const length = this.#packetLength(bytes, start);
      if (start + length > bytes.length) {
        this.#neededBytes = length;
        this.#begun += 1;
        this.#append(bytes.subarray(start));
        return;
      }
      this.onPacket(bytes.subarray(start, start + length), this.#bodyStart);
      start += length;
    }
  }

  #append(bytes: Buffer): void {
    const length = this.#partialBytes + bytes.length;
    if (length > this.#partial.length) {
      const doubled = Math.min(2 * this.#partial.length, this.#neededBytes);
      const grown = Buffer.allocUnsafeSlow(Math.max(length, doubled));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = length;
  }

  /** The length of the whole packet; one byte more than there is while its length is incomplete. */
  #packetLength(bytes: Buffer, start: number): number {
    let remaining = 0;
    for (let position = 1; position <= 4; position++) {
      const byte = bytes[start + position];
      if (byte === undefined) {
        return bytes.length - start + 1;
      }
      remaining += (byte & 0x7f) << (7 * (position - 1));
      if (byte < 0x80) {
        if (remaining > this.remainingLengthMax) {
          throw new ProtocolViolation(`a packet of ${remaining} bytes`);
        }
        this.#bodyStart = 1 + position;
        return 1 + position + remaining;
      }
    }
    throw new ProtocolViolation('a remaining length of more than four bytes');
  }
}

const noBytes = Buffer.alloc(0);

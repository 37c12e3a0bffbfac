import type { Writable } from 'node:stream';

/** Packets for a client that are written together: each write of its own costs a TLS record. */
export class AnswerBuffer {
  #packets: Buffer[] = [];
  #bytes = 0;

  /** Of what has gathered. */
  get bytes(): number {
    return this.#bytes;
  }

  add(packet: Buffer): void {
    this.#packets.push(packet);
    this.#bytes += packet.length;
  }

  /** What has gathered is dropped when nobody can take it any more. */
  writeTo(socket: Writable): void {
    const [first] = this.#packets;
    if (first === undefined) {
      return;
    }
    const bytes = this.#packets.length === 1 ? first : Buffer.concat(this.#packets);
    this.#packets = [];
    this.#bytes = 0;
    if (socket.writable) {
      socket.write(bytes);
    }
  }
}

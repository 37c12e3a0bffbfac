import type { Writable } from 'node:stream';

/** Packets for a client that are written together: each write of its own costs a TLS record. */
export class AnswerBuffer {
  #packets: Buffer[] = [];

  add(packet: Buffer): void {
    this.#packets.push(packet);
  }

  /** What has gathered is dropped when nobody can take it any more. */
  writeTo(socket: Writable): void {
    const [first] = this.#packets;
    if (first === undefined) {
      return;
    }
    const bytes = this.#packets.length === 1 ? first : Buffer.concat(this.#packets);
    this.#packets = [];
    if (socket.writable) {
      socket.write(bytes);
    }
  }
}

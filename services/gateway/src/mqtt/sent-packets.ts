/** Those above are the client's: so C#'s SDK divides them (device-mqtt.md section 4.1). */
const packetIdMax = 0x7fff;

/** PUBLISHes of QoS 1 that a client was sent and has not acknowledged, each under a packet id of its own. */
export class SentPackets<Value> {
  readonly #values = new Map<number, Value>();
  #lastId = 0;

  /** One that is not in use, as few are at a time; the one used longest ago. */
  freeId(): number {
    do {
      this.#lastId = (this.#lastId % packetIdMax) + 1;
    } while (this.#values.has(this.#lastId));
    return this.#lastId;
  }

  add(packetId: number, value: Value): void {
    this.#values.set(packetId, value);
  }

  /** The packet is acknowledged. @returns undefined when none of that id was sent */
  take(packetId: number): Value | undefined {
    const value = this.#values.get(packetId);
    this.#values.delete(packetId);
    return value;
  }
}

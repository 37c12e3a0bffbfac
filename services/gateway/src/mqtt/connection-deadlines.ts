import { azureLimits, type EndCause } from '@linchpin/wire';

/**
 * Ours: what the largest packet takes at 2 bytes a millisecond, 164 s. That is about what one time slot of GPRS
 * or one tone of NB-IoT carries, and a tenth of it is enough for 32 KB. What keeps memory for longer is not
 * sent in earnest: a byte now and then would be a sign of life for ever.
 */
const packetArrivalMs = azureLimits.mqttRemainingLengthMax / 2;

/**
 * How long a connection may stay as it is (device-mqtt.md sections 2.1, 2.6 and 3.6). Times are those
 * of a clock that only goes forward: the wall clock may be set while the connection is open.
 */
export class ConnectionDeadlines {
  #lastSignMs: number;
  #silenceMsMax: number;
  #end: { readonly atMs: number; readonly cause: EndCause } | undefined;
  #isConnected = false;
  /** Of the packet that began last, if it did not come whole at once. */
  #packetBeganMs = 0;

  constructor(openedMs: number, connectArrivalMs: number) {
    this.#lastSignMs = openedMs;
    this.#silenceMsMax = connectArrivalMs;
  }

  /** @param accessMs how long the client's right lasts from now on; undefined: without end */
  connected(nowMs: number, keepAliveSeconds: number, accessMs: number | undefined): void {
    const wanted = keepAliveSeconds * 1_500;
    this.#isConnected = true;
    this.readOn(nowMs);
    this.#silenceMsMax =
      wanted === 0 ? azureLimits.keepAliveMsMax : Math.min(wanted, azureLimits.keepAliveMsMax);
    if (accessMs !== undefined) {
      this.#end = { atMs: nowMs + accessMs, cause: 'token-expired' };
    }
  }

  /** The connection ends then, whatever comes, unless it must end before. */
  endAt(atMs: number, cause: EndCause): void {
    if (this.#end === undefined || atMs < this.#end.atMs) {
      this.#end = { atMs, cause };
    }
  }

  /**
   * Bytes came, be they a part of a packet: a large message on a slow line is no silence. Before
   * CONNECT they buy no time.
   */
  signOfLife(nowMs: number): void {
    if (this.#isConnected) {
      this.#lastSignMs = nowMs;
    }
  }

  /** A packet has begun whose end has not come. */
  packetBegan(nowMs: number): void {
    this.#packetBeganMs = nowMs;
  }

  /** The client was not read for a while: that is not its time. */
  readOn(nowMs: number): void {
    this.#lastSignMs = nowMs;
    this.#packetBeganMs = nowMs;
  }

  /** Whether a packet whose end has not come yet should have. Of CONNECT its own time decides. */
  isPacketLate(nowMs: number): boolean {
    return this.#isConnected && nowMs - this.#packetBeganMs > packetArrivalMs;
  }

  /** Why the connection must end now, if it must. */
  endCauseAt(nowMs: number): EndCause | undefined {
    if (this.#end !== undefined && nowMs >= this.#end.atMs) {
      return this.#end.cause;
    }
    return nowMs - this.#lastSignMs > this.#silenceMsMax ? 'keep-alive-timeout' : undefined;
  }
}

import { azureLimits } from '@linchpin/wire';
import type { EndCause } from '../domain/end-cause.js';

/** How long a connection may stay as it is (device-mqtt.md sections 2.1, 2.6 and 3.6). */
export class ConnectionDeadlines {
  #lastPacketMs: number;
  #silenceMsMax: number;
  #credentialEndsMs = Infinity;

  constructor(openedMs: number, connectArrivalMs: number) {
    this.#lastPacketMs = openedMs;
    this.#silenceMsMax = connectArrivalMs;
  }

  /** @param expiresAt the end of the credential; it counts a little longer, for clocks differ */
  connected(nowMs: number, keepAliveSeconds: number, expiresAt: Date | undefined): void {
    this.#lastPacketMs = nowMs;
    const wanted = keepAliveSeconds * 1_500;
    this.#silenceMsMax =
      wanted === 0 ? azureLimits.keepAliveMsMax : Math.min(wanted, azureLimits.keepAliveMsMax);
    if (expiresAt !== undefined) {
      this.#credentialEndsMs = expiresAt.getTime() + azureLimits.clockSkewMs;
    }
  }

  packetArrived(nowMs: number): void {
    this.#lastPacketMs = nowMs;
  }

  /** Why the connection must end now, if it must. */
  endCauseAt(nowMs: number): EndCause | undefined {
    if (nowMs >= this.#credentialEndsMs) {
      return 'token-expired';
    }
    return nowMs - this.#lastPacketMs > this.#silenceMsMax ? 'keep-alive-timeout' : undefined;
  }
}

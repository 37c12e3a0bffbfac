import type { ConnectionSettings } from './connection-settings.js';

/** What a peer that names no time-out is taken to want, and the part of it after which we speak (amqp.md §3). */
const defaultIntervalMs = (120_000 * 7) / 8;

/** Who has been silent for how long (part 2, section 2.4.5), as exactly as it is asked. */
export class IdleTimes {
  /** What the peer's `open` says; null and 0 are none. */
  peerTimeOutMs: number | null = null;
  #hasInput = true;
  #hasOutput = true;
  #inputMs = 0;
  #outputMs = 0;
  #closingSinceMs: number | undefined;
  #tickedMs: number | undefined;

  constructor(private readonly settings: ConnectionSettings) {}

  noteInput(): void {
    this.#hasInput = true;
  }

  noteOutput(): void {
    this.#hasOutput = true;
  }

  /** What is due: a frame of ours, the end of a silent peer, or of one that does not answer our `close`. */
  tick(nowMs: number, isClosing: boolean): 'frame' | 'silent' | 'unanswered' | undefined {
    const sinceTickMs = this.#note(nowMs);
    if (isClosing) {
      this.#closingSinceMs ??= nowMs;
      const isLate = nowMs - this.#closingSinceMs >= this.settings.closeTimeOutMs;
      return isLate ? 'unanswered' : undefined;
    }
    if (nowMs - this.#inputMs >= 2 * this.settings.idleTimeOutMs) {
      return 'silent';
    }
    const intervalMs = this.peerTimeOutMs ? this.peerTimeOutMs / 2 : defaultIntervalMs;
    // At the next tick it would be too late.
    return nowMs + sinceTickMs - this.#outputMs > intervalMs ? 'frame' : undefined;
  }

  /** What came or went since the last tick did so no earlier and no later. @returns how long ago that was */
  #note(nowMs: number): number {
    const tickedMs = this.#tickedMs ?? nowMs;
    this.#tickedMs = nowMs;
    if (this.#hasInput) {
      this.#hasInput = false;
      this.#inputMs = nowMs;
    }
    if (this.#hasOutput) {
      this.#hasOutput = false;
      this.#outputMs = tickedMs;
    }
    return nowMs - tickedMs;
  }
}

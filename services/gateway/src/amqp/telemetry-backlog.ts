import type { TelemetrySender } from '../domain/send-telemetry.js';

/**
 * What the devices of one connection have sent and is not stored, counted as it comes and goes: it is asked for at
 * each piece that the client sends, and there may be a thousand devices.
 */
export class TelemetryBacklog {
  #pending = 0;
  readonly #heldBack = new Set<TelemetrySender>();

  /** Messages that wait to be stored, also of devices that have gone. */
  get pending(): number {
    return this.#pending;
  }

  /** So much waits for the turn of a device's hub that no more should be read. */
  get isHeldBack(): boolean {
    return this.#heldBack.size > 0;
  }

  received(): void {
    this.#pending += 1;
  }

  settled(): void {
    this.#pending -= 1;
  }

  /** To be called when the sender was given a message, and when one of its messages is settled. */
  look(sender: TelemetrySender): void {
    if (sender.isHeldBack) {
      this.#heldBack.add(sender);
    } else {
      this.#heldBack.delete(sender);
    }
  }
}

/** Of what is free for everybody, so many times as much may wait of one hub: alone it has three quarters. */
const timesFree = 3;

/**
 * How much telemetry waits to be stored, and of which hub. One hub's has room as long as it is no more than a
 * multiple of what is left free, so that a flood of it leaves room for that of others (dynamic thresholds, as
 * `HoldingSpace` has them; what is taken on here is never turned away, so it is asked before).
 */
export class WaitingTelemetry {
  #bytes = 0;
  readonly #byHub = new Map<string, { bytes: number }>();

  /** @param bytesMax of all hubs */
  constructor(private readonly bytesMax: number) {}

  /** The hubs of which something waits. */
  get hubs(): readonly string[] {
    return [...this.#byHub.keys()];
  }

  /** So much of the hub waits that no more of it may be taken on. */
  isOverfull(hub: string): boolean {
    const free = Math.max(0, this.bytesMax - this.#bytes);
    return (this.#byHub.get(hub)?.bytes ?? 0) > timesFree * free;
  }

  add(hub: string, bytes: number): void {
    this.#bytes += bytes;
    const ofHub = this.#byHub.get(hub);
    if (ofHub === undefined) {
      this.#byHub.set(hub, { bytes });
    } else {
      ofHub.bytes += bytes;
    }
  }

  /** What was added. */
  remove(hub: string, bytes: number): void {
    this.#bytes -= bytes;
    const ofHub = this.#byHub.get(hub);
    if (ofHub === undefined || ofHub.bytes <= bytes) {
      this.#byHub.delete(hub);
    } else {
      ofHub.bytes -= bytes;
    }
  }
}

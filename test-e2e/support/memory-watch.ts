/** How much memory the gateways come to hold while something happens. */
import { gatewayNames, residentBytes, type GatewayName } from './processes.js';

const lookMs = 100;

export class MemoryWatch {
  readonly #peaks = new Map<GatewayName, number>();
  readonly #timer: NodeJS.Timeout;
  /** Of the gateway that held most when it began. */
  readonly bytesBefore: number;

  constructor() {
    this.#look();
    this.bytesBefore = this.peakBytes;
    this.#timer = setInterval(() => {
      this.#look();
    }, lookMs);
  }

  /** The most that any gateway held so far. */
  get peakBytes(): number {
    return Math.max(...this.#peaks.values());
  }

  stop(): void {
    this.#look();
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const name of gatewayNames) {
      const bytes = residentBytes(name);
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, bytes));
    }
  }
}

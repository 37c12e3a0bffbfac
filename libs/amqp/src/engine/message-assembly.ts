import type { Transfer } from '../performatives/transfer.js';

/** A delivery whose last frame has not come. Its bytes are copied: a view would keep whole chunks alive. */
export class MessageAssembly {
  #bytes = Buffer.allocUnsafe(0);
  #length = 0;
  #settled: boolean;
  readonly tag: Buffer | null;
  readonly messageFormat: number;

  constructor(
    readonly deliveryId: number,
    first: Transfer,
  ) {
    this.tag = first.deliveryTag === null ? null : Buffer.from(first.deliveryTag);
    this.messageFormat = first.messageFormat ?? 0;
    this.#settled = first.settled ?? false;
  }

  /** It is, as soon as one of its frames says so. */
  get settled(): boolean {
    return this.#settled;
  }

  get length(): number {
    return this.#length;
  }

  /** @param lengthMax beyond which it never grows, though memory doubles */
  add(transfer: Transfer, payload: Buffer, lengthMax: number): void {
    this.#settled ||= transfer.settled ?? false;
    const length = this.#length + payload.length;
    if (length > this.#bytes.length) {
      const doubled = Math.min(2 * this.#bytes.length, lengthMax);
      const grown = Buffer.allocUnsafeSlow(Math.max(length, doubled));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    payload.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  payload(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

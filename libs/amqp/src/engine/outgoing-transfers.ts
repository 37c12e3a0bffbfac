import type { FrameOutput } from '../frames/frame-output.js';
import type { Disposition } from '../performatives/disposition.js';
import { encodeTransfer } from '../performatives/transfer.js';
import type { OutgoingDelivery, OutgoingLink } from './outgoing-link.js';
import { addSerial, serialDistance } from './serial-number.js';
import type { SessionWindows } from './session-windows.js';

/** A frame's head and the performative before its payload, with a tag of 32 bytes, the longest. */
const transferHeadBytesMax = 70;

/**
 * The transfers of a session that wait to be written, or for their outcome. Links take turns, a delivery each; one without
 * credit holds up no other. When the peer's window is shut, all wait.
 */
export class OutgoingTransfers {
  /** Links that may have something to send, in the order of their turns. */
  readonly #ready = new Set<OutgoingLink>();
  #nextDeliveryId = 0;
  /** Written deliveries that are not settled. */
  readonly #unsettled = new Map<number, OutgoingDelivery>();

  constructor(
    private readonly output: FrameOutput,
    private readonly windows: SessionWindows,
    private readonly frame: { readonly channel: number; readonly sizeMax: number },
  ) {}

  get unsettledCount(): number {
    return this.#unsettled.size;
  }

  schedule(link: OutgoingLink): void {
    this.#ready.add(link);
  }

  write(): void {
    // A link that is added again while the loop runs comes once more, at the end.
    for (const link of this.#ready) {
      if (this.windows.remoteIncomingWindow === 0) {
        return;
      }
      this.#ready.delete(link);
      const delivery = link.nextDelivery();
      if (delivery !== undefined) {
        this.#writeDelivery(delivery);
        this.#ready.add(link);
      }
    }
  }

  /** What became of deliveries; what a sender settles on its own is no news. */
  receiveDisposition({ role, first, last, settled, state }: Disposition): void {
    const outcome = state === null || state.type === 'received' ? null : state;
    if (role === 'sender' || (outcome === null && settled !== true)) {
      return;
    }
    for (const [id, delivery] of this.#unsettledBetween(first, last ?? first)) {
      if (settled === true) {
        this.#unsettled.delete(id);
        delivery.link.forgetUnsettled(delivery);
      }
      delivery.link.receiveOutcome(delivery, outcome);
    }
  }

  /** @returns whether the delivery was unsettled until then */
  forget(deliveryId: number): boolean {
    return this.#unsettled.delete(deliveryId);
  }

  /** Forgets a link that is over, and the deliveries whose outcome nobody will tell. */
  drop(link: OutgoingLink): void {
    this.#ready.delete(link);
    for (const [id, delivery] of this.#unsettled) {
      if (delivery.link === link) {
        this.#unsettled.delete(id);
      }
    }
  }

  /** Goes over the range or over all that is unsettled, whichever is shorter. */
  #unsettledBetween(first: number, last: number): [number, OutgoingDelivery][] {
    const count = serialDistance(last, first) + 1;
    if (count > this.#unsettled.size) {
      return [...this.#unsettled].filter(
        ([id]) => serialDistance(id, first) >= 0 && serialDistance(last, id) >= 0,
      );
    }
    const found: [number, OutgoingDelivery][] = [];
    for (let offset = 0; offset < count; offset++) {
      const id = addSerial(first, offset);
      const delivery = this.#unsettled.get(id);
      if (delivery !== undefined) {
        found.push([id, delivery]);
      }
    }
    return found;
  }

  #writeDelivery(delivery: OutgoingDelivery): void {
    if (delivery.id === undefined) {
      delivery.id = this.#nextDeliveryId;
      this.#nextDeliveryId = addSerial(this.#nextDeliveryId, 1);
      if (!delivery.settled) {
        this.#unsettled.set(delivery.id, delivery);
      }
    }
    let isWhole = false;
    while (!isWhole && this.windows.remoteIncomingWindow > 0) {
      isWhole = this.#writeFrame(delivery, delivery.id);
    }
    if (isWhole) {
      delivery.link.finishDelivery();
    }
  }

  /** @returns whether it was the delivery's last */
  #writeFrame(delivery: OutgoingDelivery, deliveryId: number): boolean {
    const { link, tag, messageFormat, payload, sentBytes, settled } = delivery;
    const end = Math.min(payload.length, sentBytes + this.frame.sizeMax - transferHeadBytesMax);
    const more = end < payload.length;
    const transfer = {
      handle: link.attach.handle,
      deliveryId,
      deliveryTag: tag,
      messageFormat,
      settled: settled ? true : null,
      more,
      aborted: null,
    };
    const part = payload.subarray(sentBytes, end);
    this.output.writeFrame(this.frame.channel, encodeTransfer, transfer, part);
    this.windows.sendTransfer();
    delivery.sentBytes = end;
    return !more;
  }
}

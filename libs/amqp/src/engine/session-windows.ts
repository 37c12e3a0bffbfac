import type { Begin } from '../performatives/begin.js';
import type { Flow } from '../performatives/flow.js';
import { addSerial, serialDistance } from './serial-number.js';

const outgoingIdFirst = 1;
const uint32Max = 0xffffffff;

/** How many transfer frames each side of a session may send, and their ids (part 2, section 2.5.6). */
export class SessionWindows {
  #nextIncomingId: number;
  #incomingWindow: number;
  #nextOutgoingId = outgoingIdFirst;
  #remoteIncomingWindow: number;

  constructor(
    begin: Begin,
    private readonly incomingWindowMax: number,
  ) {
    this.#nextIncomingId = begin.nextOutgoingId;
    this.#incomingWindow = incomingWindowMax;
    this.#remoteIncomingWindow = begin.incomingWindow;
  }

  /** How many frames we may send. */
  get remoteIncomingWindow(): number {
    return this.#remoteIncomingWindow;
  }

  /** Whether the peer should soon be told that its window is wide again. */
  get isIncomingLow(): boolean {
    return 2 * this.#incomingWindow <= this.incomingWindowMax;
  }

  /** What `begin` says of us. */
  begin(): Pick<Begin, 'nextOutgoingId' | 'incomingWindow' | 'outgoingWindow'> {
    return {
      nextOutgoingId: this.#nextOutgoingId,
      incomingWindow: this.#incomingWindow,
      outgoingWindow: uint32Max,
    };
  }

  /** What `flow` says of the session; from then on the peer has the whole window again. */
  flow(): Pick<Flow, 'nextIncomingId' | 'incomingWindow' | 'nextOutgoingId' | 'outgoingWindow'> {
    this.#incomingWindow = this.incomingWindowMax;
    return {
      nextIncomingId: this.#nextIncomingId,
      incomingWindow: this.#incomingWindow,
      nextOutgoingId: this.#nextOutgoingId,
      // Ours has no bound; the cloud counts it down (amqp.md §3).
      outgoingWindow: (uint32Max - (this.#nextOutgoingId - outgoingIdFirst)) >>> 0,
    };
  }

  /** @returns whether the peer was allowed to send the frame that came */
  receiveTransfer(): boolean {
    if (this.#incomingWindow === 0) {
      return false;
    }
    this.#incomingWindow -= 1;
    this.#nextIncomingId = addSerial(this.#nextIncomingId, 1);
    return true;
  }

  sendTransfer(): void {
    this.#nextOutgoingId = addSerial(this.#nextOutgoingId, 1);
    this.#remoteIncomingWindow -= 1;
  }

  receiveFlow(flow: Flow): void {
    // A peer that has not seen our `begin` leaves its id out: it awaits the first.
    const awaited = flow.nextIncomingId ?? outgoingIdFirst;
    const onTheirWay = serialDistance(this.#nextOutgoingId, awaited);
    this.#remoteIncomingWindow = Math.max(0, flow.incomingWindow - onTheirWay);
  }
}

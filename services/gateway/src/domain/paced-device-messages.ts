import { HubError } from '@linchpin/wire';
import type {
  ConnectedReceiver,
  DeviceMessages,
  LockedMessages,
  LockWish,
  MessageReceiver,
  Release,
  Settlement,
} from './device-messages.js';

/** Between two calls about a hub while none is answered. */
const paceMs = 200;

/**
 * While the queues of a hub do not answer, few calls find out whether they do again, and the others fail at once: a
 * call that fails costs most of a millisecond, and thousands of devices that wait would leave none for telemetry.
 */
export class PacedDeviceMessages implements DeviceMessages {
  /** When the next call may be made, by the hubs that are not answered. */
  readonly #nextCallMs = new Map<string, number>();

  /** @param now ms of a clock that only goes forward */
  constructor(
    private readonly messages: DeviceMessages,
    private readonly now: () => number,
  ) {}

  lock(receiver: MessageReceiver, wish: LockWish): Promise<LockedMessages> {
    return this.#call(receiver, () => this.messages.lock(receiver, wish));
  }

  settle(
    receiver: MessageReceiver,
    settlements: readonly Settlement[],
  ): Promise<readonly boolean[]> {
    return this.#call(receiver, () => this.messages.settle(receiver, settlements));
  }

  release(receiver: ConnectedReceiver, release: Release): Promise<void> {
    return this.#call(receiver, () => this.messages.release(receiver, release));
  }

  async #call<Answer>(receiver: MessageReceiver, call: () => Promise<Answer>): Promise<Answer> {
    const { hub } = receiver.session.grant;
    const nextCallMs = this.#nextCallMs.get(hub);
    if (nextCallMs !== undefined) {
      this.#takeTurn(hub, nextCallMs);
    }
    try {
      const answer = await call();
      this.#nextCallMs.delete(hub);
      return answer;
    } catch (error) {
      if (isAnswer(error)) {
        this.#nextCallMs.delete(hub);
      } else {
        this.#nextCallMs.set(hub, this.now() + paceMs);
      }
      throw error;
    }
  }

  #takeTurn(hub: string, nextCallMs: number): void {
    const nowMs = this.now();
    if (nowMs < nextCallMs) {
      throw new HubError('ServiceUnavailable', 'The queues of the hub do not answer; try again.');
    }
    this.#nextCallMs.set(hub, nowMs + paceMs);
  }
}

/** Of one device the queues may say no, and answer others. */
function isAnswer(error: unknown): boolean {
  return error instanceof HubError && error.httpStatus < 500;
}

import { setTimeout as delay } from 'node:timers/promises';
import { TurnsByName } from '@linchpin/fairness';
import { formatIdentityId, formatHubId, HubError } from '@linchpin/wire';
import type { Presence } from './device-gateways.js';
import type { MessageQueue } from './message-queue.js';
import type { Recipient } from './recipient.js';

export interface MessageDownlinks {
  /**
   * Resolves when the gateway knows, or does not have the connection with a subscription.
   *
   * @throws HubError `ServiceUnavailable`, `GenericTimeout` when that is not known
   */
  notify(address: string, connectionId: string): Promise<void>;
}

export interface HintEvents {
  hintsMissed(error: unknown): void;
  /** None is left to be given. */
  hintsGiven(): void;
}

interface MessageHintsParts {
  readonly presence: Presence;
  readonly downlinks: MessageDownlinks;
  readonly queue: Pick<MessageQueue, 'listWaiting'>;
  readonly events: HintEvents;
  /** ms of a clock that only goes forward */
  readonly now: () => number;
}

/** Of one hub, and to one gateway: who does not answer is waited for, and others are told meanwhile. */
const atOnceMax = 32;
/** What waits longer for its turn is given by `sweep`. */
const waitMsMax = 5_000;
/** Then all queues are looked at, for those who died between the answer to a sender and its hint. */
const lookPeriodMs = 600_000;
/** At the end of the process. */
const lastTryMsMax = 3_000;
/**
 * Tells the gateway that holds a device that messages wait for it. A gateway asks by itself when a device connects,
 * so that only a device that is connected could miss some: what could not be told is told again until it is, and
 * what a process that died was to tell, the next one tells at its start, or another at its next look.
 */
export class MessageHints {
  readonly #lookTurns = new TurnsByName({ atOnceMax, waitMsMax });
  readonly #callTurns = new TurnsByName({ atOnceMax, waitMsMax });
  /** Being told, and whether more came meanwhile. */
  readonly #telling = new Map<string, { isMore: boolean }>();
  readonly #missed = new Map<string, Recipient>();
  readonly #running = new Set<Promise<void>>();
  /** Others may have been missed, in this process or in one before. */
  #missedSome = true;
  #lastLookMs = 0;

  /** @param missedMax of those that are to be told again; beyond, every queue is looked at */
  constructor(
    private readonly parts: MessageHintsParts,
    private readonly missedMax = 10_000,
  ) {}

  /** Begins to tell. */
  enqueued(recipient: Recipient): void {
    void this.#hint(recipient);
  }

  /** Tells again what could not be told. */
  async sweep(signal: AbortSignal): Promise<void> {
    await this.#tellMissed();
    const isDue = this.parts.now() - this.#lastLookMs >= lookPeriodMs;
    if (isDue || (this.#missedSome && this.#missed.size === 0)) {
      this.#missedSome = false;
      this.#lastLookMs = this.parts.now();
      await this.#lookAtAll(signal);
    }
    if (!this.#missedSome && this.#missed.size === 0) {
      this.parts.events.hintsGiven();
    }
  }

  /** Resolves when nobody is being told any more; who could not be told is told a last time, if he can be. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
    await Promise.race([this.#tellMissed(), delay(lastTryMsMax, undefined, { ref: false })]);
  }

  async #tellMissed(): Promise<void> {
    const missed = [...this.#missed.values()];
    this.#missed.clear();
    await Promise.all(missed.map((recipient) => this.#hint(recipient)));
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    try {
      let after = '0';
      while (!signal.aborted) {
        const page = await this.parts.queue.listWaiting(after);
        const last = page.at(-1);
        if (last === undefined) {
          return;
        }
        await Promise.all(page.map(({ recipient }) => this.#hint(recipient)));
        after = last.queueId;
      }
    } catch (error) {
      this.#missedSome = true;
      this.parts.events.hintsMissed(error);
    }
  }

  async #hint(recipient: Recipient): Promise<void> {
    const key = keyOf(recipient);
    const telling = this.#telling.get(key);
    if (telling !== undefined) {
      telling.isMore = true;
      return;
    }
    const told = this.#tell(key, recipient).finally(() => {
      this.#running.delete(told);
    });
    this.#running.add(told);
    await told;
  }

  async #tell(key: string, recipient: Recipient): Promise<void> {
    const state = { isMore: true };
    this.#telling.set(key, state);
    try {
      while (state.isMore) {
        state.isMore = false;
        await this.#tellOnce(recipient);
      }
    } catch (error) {
      this.#miss(key, recipient);
      this.parts.events.hintsMissed(error);
    } finally {
      this.#telling.delete(key);
    }
  }

  async #tellOnce({ hub, hubGeneration, identity, generationId }: Recipient): Promise<void> {
    const { presence, downlinks } = this.parts;
    const holder = await this.#lookTurns.inTurn(hubGeneration, () =>
      presence.holderOf(hub, identity),
    );
    const isTheirs =
      holder?.hubGeneration === hubGeneration && holder.generationId === generationId;
    if (isTheirs) {
      const { address, connectionId } = holder;
      if (address === undefined) {
        throw new HubError('ServiceUnavailable', 'The gateway that holds the device is away.');
      }
      await this.#callTurns.inTurn(`${hubGeneration}/${address}`, () =>
        downlinks.notify(address, connectionId),
      );
    }
  }

  #miss(key: string, recipient: Recipient): void {
    if (this.#missed.size < this.missedMax) {
      this.#missed.set(key, recipient);
    } else {
      this.#missedSome = true;
    }
  }
}

function keyOf(recipient: Recipient): string {
  const { identity, generationId } = recipient;
  return `${formatHubId(recipient)}/${formatIdentityId(identity)}/${generationId}`;
}

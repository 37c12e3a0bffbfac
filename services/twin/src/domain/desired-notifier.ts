/**
 * Tells connected devices of changes of their desired properties (device-mqtt.md section 9.3). What a change
 * stored to be told is removed when the device has it, or when there is nobody to tell: who connects later
 * reads the twin.
 */
import { FairTurns, TurnsByName, type TurnTaker } from '@linchpin/fairness';
import type { TwinSubject } from './identity-copy.js';

/** Those of one twin that wait, the oldest first, none between them missing. */
export interface WaitingChanges {
  readonly subject: TwinSubject & { readonly generationId: string };
  readonly changes: readonly WaitingChange[];
}

export interface WaitingChange {
  readonly id: string;
  readonly version: number;
  readonly json: string;
  readonly committedAt: Date;
}

export interface DesiredChanges {
  /** No more than fit in one call; undefined when none waits. */
  findWaiting(twinId: string): Promise<WaitingChanges | undefined>;
  remove(ids: readonly string[]): Promise<void>;
  /** Twins of which some have waited longer than they should: whoever was to tell of them died, or failed. */
  listOverdue(): Promise<readonly { readonly hub: string; readonly twinId: string }[]>;
}

export interface DeviceDownlinks {
  /**
   * Resolves when the device's gateway has taken them, or when the identity is not connected.
   *
   * @throws HubError ServiceUnavailable, GenericTimeout when that is not known
   */
  notify(waiting: WaitingChanges): Promise<void>;
}

interface NotifierParts {
  readonly changes: DesiredChanges;
  readonly downlinks: DeviceDownlinks;
  readonly events: NotifierEvents;
}

export interface NotifierEvents {
  devicesUntold(error: unknown): void;
  /** None waits longer than it should. */
  devicesTold(): void;
}

/** Each takes a connection to PostgreSQL. */
const lookedAtOnceMax = 4;
/** Of one hub, and more: a gateway or device that does not answer is waited for, and others are told meanwhile. */
const toldAtOnceMax = 32;
/** What waits longer for its turn is found by `sweep`. */
const waitMsMax = 5_000;

export class DesiredNotifier {
  readonly #lookTurns = new FairTurns({ atOnceMax: lookedAtOnceMax, waitMsMax });
  readonly #callTurns = new TurnsByName({ atOnceMax: toldAtOnceMax, waitMsMax });
  /** Twins that are being told of, and whether something came meanwhile. */
  readonly #telling = new Map<string, { isMore: boolean }>();
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly parts: NotifierParts) {}

  /** Begins to tell of what was committed; what fails is told by a later `sweep`. */
  changed(hub: string, twinId: string): void {
    const running = this.#telling.get(twinId);
    if (running !== undefined) {
      running.isMore = true;
      return;
    }
    const told = this.#tell(hub, twinId).finally(() => {
      this.#running.delete(told);
    });
    this.#running.add(told);
  }

  /** Takes up what other processes left, and what failed here. */
  async sweep(): Promise<void> {
    const { changes, events } = this.parts;
    try {
      const overdue = await changes.listOverdue();
      for (const { hub, twinId } of overdue) {
        this.changed(hub, twinId);
      }
      if (overdue.length === 0) {
        events.devicesTold();
      }
    } catch (error) {
      events.devicesUntold(error);
    }
  }

  /** Resolves when nothing is being told any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #tell(hub: string, twinId: string): Promise<void> {
    const { events } = this.parts;
    const state = { isMore: true };
    const taker = { hub, origin: twinId };
    this.#telling.set(twinId, state);
    try {
      while (state.isMore) {
        state.isMore = false;
        const isMore = await this.#tellSome(taker, twinId);
        state.isMore ||= isMore;
      }
    } catch (error) {
      events.devicesUntold(error);
    } finally {
      this.#telling.delete(twinId);
    }
  }

  /** @returns whether there were any, and so may be more */
  async #tellSome(taker: TurnTaker, twinId: string): Promise<boolean> {
    const { changes, downlinks } = this.parts;
    const waiting = await this.#lookTurns.inTurn(taker, () => changes.findWaiting(twinId));
    if (waiting === undefined) {
      return false;
    }
    await this.#callTurns.inTurn(taker.hub, () => downlinks.notify(waiting));
    const ids = waiting.changes.map(({ id }) => id);
    await this.#lookTurns.inTurn(taker, () => changes.remove(ids));
    return true;
  }
}

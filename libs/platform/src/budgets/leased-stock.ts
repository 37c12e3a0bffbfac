import type { Throttle } from '@linchpin/wire';
import type { BudgetFigures } from './budget-figures.js';
import type { BudgetStore, Lease } from './budget-store.js';
import type { Clock } from './clock.js';
import { KnownBudget } from './known-budget.js';
import { RecentUse } from './recent-use.js';
import { StandIn } from './stand-in.js';

/** One process's part of a budget. */
export interface BudgetPartOptions {
  readonly store: BudgetStore;
  /** Names it in the store. */
  readonly budget: string;
  readonly process: string;
  readonly terms: Throttle;
  readonly clock: Clock;
  readonly figures: BudgetFigures;
  /** The store failed, or our call of it did. */
  readonly onFailure: (error: unknown) => void;
  /** It answers after it had failed. */
  readonly onRecovery: () => void;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Those who wait for units. */
interface Demand {
  readonly units: () => number;
  /** There may be more units, or time has passed. */
  readonly onChange: (nowMs: number) => void;
}

/** How much of its own recent use a process leases ahead. */
const leasedMs = 2_000;
/**
 * All processes together no more than this part of what is left: what is leased and spent later comes
 * on top of what the rate has refilled since, and is the most by which a limit can be exceeded.
 */
const leasedPart = 1 / 25;
/** What is leased and not touched for so long is given back. */
const lapseMs = 2_000;
const pollMsMin = 100;
const pollMsMax = 1_000;
/** A store that does not answer for so long is done without. */
const patienceMs = 500;
/** And asked again so often. */
const retryMs = 1_000;

/**
 * The units that a process has of a budget. It leases what it will probably need, by its own recent use,
 * so that to take some needs no call of the store; what is scarce is asked for a little at a time, and
 * shared by the store among those who wait. While the store is away the process goes on with its last
 * share of the rate, and tells afterwards what it took. A process that takes nothing costs nothing.
 */
export class LeasedStock {
  #terms: Throttle;
  /** Below 0 when more was taken at the end than there was. */
  #units = 0;
  /** Below, more is leased before it runs out. */
  #lowWater = 0;
  readonly #use = new RecentUse();
  readonly #known = new KnownBudget();
  readonly #standIn: StandIn;
  /** The call of the store that is under way. */
  #asking: Promise<Lease | undefined> | undefined;
  #askedMs = -Infinity;
  /** The last lease was smaller than what was asked for. */
  #isStarved = false;
  /** The last call of the store did. */
  #hasFailed = false;
  /** The store does not answer. */
  #isAway = false;
  #isStopped = false;
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;

  constructor(
    private readonly options: BudgetPartOptions,
    private readonly demand: Demand,
  ) {
    this.#terms = options.terms;
    this.#standIn = new StandIn(options.clock.nowMs());
  }

  get units(): number {
    return this.#units;
  }

  set terms(terms: Throttle) {
    this.#terms = terms;
    this.#known.forgetAmounts();
    this.#isStarved = false;
  }

  take(units: number): void {
    this.#units -= units;
    this.#use.took(units);
  }

  putBack(units: number): void {
    this.#units += units;
    this.#schedule();
  }

  /** Leases more before it runs out. */
  keepUp(): void {
    if (this.#units < this.#lowWater) {
      this.ask();
    }
  }

  /** Leases what is waited for, and what will probably be needed soon, unless it was asked just now. */
  ask(): void {
    const nowMs = this.options.clock.nowMs();
    const pauseMs = this.#isAway ? retryMs : this.#isStarved ? this.#pollMs : 0;
    if (this.#asking === undefined && nowMs - this.#askedMs >= pauseMs) {
      const used = (this.#use.perSecond(nowMs) * leasedMs) / 1_000;
      const part = this.#known.lastFree * leasedPart * this.#known.share;
      const ahead = Math.floor(Math.min(used, part));
      const want = Math.max(0, Math.ceil(this.demand.units() + ahead - this.#units));
      this.#lowWater = ahead / 2;
      if (want > 0) {
        void this.#lease(want, 0);
      }
    }
    this.#schedule();
  }

  /** What may be counted on: what is there for all who wait here, and how fast more of it comes. */
  outlook(nowMs: number): { readonly units: number; readonly perSecond: number } {
    const { perSecond } = this.#terms;
    if (this.#isAway) {
      return { units: this.#units, perSecond: perSecond * this.#known.share };
    }
    const { waitingElsewhere } = this.#known;
    return {
      units: this.#units + this.#known.free(nowMs, perSecond) - waitingElsewhere,
      perSecond,
    };
  }

  /**
   * While the store is away, its part is done here: the process has its share of the rate, and of what
   * never comes back what is needed for those who wait and for so many units more.
   */
  standIn(nowMs: number, units = 0): void {
    if (!this.#isAway) {
      return;
    }
    const { perSecond } = this.#terms;
    this.#units +=
      perSecond === 0
        ? this.#standIn.lend(this.demand.units() + units - this.#units)
        : this.#standIn.refill(nowMs, perSecond * this.#known.share);
  }

  /** Gives back what is leased, or is just being. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#asking;
    const returned = this.#units - this.#standIn.takeOwed();
    this.#units = 0;
    if (returned !== 0) {
      await this.#call({ want: 0, waiting: 0, returned });
    }
  }

  /** @param unused of the units, given back */
  async #lease(want: number, unused: number): Promise<void> {
    const { clock } = this.options;
    const owed = this.#standIn.takeOwed();
    const waiting = this.#terms.queueMs === 0 ? 0 : Math.min(want, this.demand.units());
    this.#units -= unused;
    this.#asking = this.#call({ want, waiting, returned: unused - owed });
    this.#askedMs = clock.nowMs();
    this.#schedule();
    const lease = await this.#asking;
    const nowMs = clock.nowMs();
    this.#asking = undefined;
    this.#isAway = lease === undefined;
    if (lease === undefined) {
      // What was given back may have arrived: it is not given back twice.
      this.#standIn.owe(Math.max(0, owed - unused));
      this.standIn(nowMs);
    } else {
      this.#known.learn(lease, nowMs);
      this.#standIn.restart(nowMs);
      this.#units += lease.granted;
      this.#isStarved = this.#terms.queueMs > 0 && lease.granted < want;
    }
    this.demand.onChange(nowMs);
    if (this.demand.units() > 0) {
      this.ask();
    }
    this.#schedule();
  }

  /** Undefined when the store failed; whether it did what it was told is not known then. */
  async #call(units: {
    want: number;
    waiting: number;
    returned: number;
  }): Promise<Lease | undefined> {
    const { store, budget, process, figures } = this.options;
    figures.leases += 1;
    try {
      const lease = await store.lease({ budget, process, terms: this.#terms, ...units });
      if (this.#hasFailed) {
        this.#hasFailed = false;
        this.options.onRecovery();
      }
      return lease;
    } catch (error) {
      figures.failedLeases += 1;
      this.#hasFailed = true;
      this.options.onFailure(error);
      return undefined;
    }
  }

  readonly #look = (): void => {
    const nowMs = this.options.clock.nowMs();
    this.#timer = undefined;
    this.#isAway ||= this.#asking !== undefined && nowMs - this.#askedMs >= patienceMs;
    this.standIn(nowMs);
    this.demand.onChange(nowMs);
    if (this.demand.units() > 0) {
      this.ask();
    } else if (this.#asking === undefined) {
      this.#lapse();
    }
    this.#schedule();
  };

  /** Gives back what nobody used since the last look, and tells what is owed. */
  #lapse(): void {
    const isUnused = !this.#use.wasTouched();
    if ((isUnused && this.#units > 0) || this.#standIn.owed !== 0) {
      void this.#lease(0, this.#units);
    }
  }

  /** When to look again; not at all while there is nothing to look after. */
  #schedule(): void {
    const { clock } = this.options;
    const isWaitedFor = this.#asking !== undefined || this.demand.units() > 0;
    const isAtRest = !isWaitedFor && this.#units <= 0 && this.#standIn.owed === 0;
    if (this.#isStopped || isAtRest) {
      return;
    }
    const ms = isWaitedFor ? this.#jittered(this.#pollMs) : lapseMs;
    const dueMs = clock.nowMs() + ms;
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) {
      return;
    }
    this.#timer?.cancel();
    this.#timer = { dueMs, cancel: clock.after(ms, this.#look) };
  }

  /** As long as the next unit takes to come back, within reason. */
  get #pollMs(): number {
    return Math.min(pollMsMax, Math.max(pollMsMin, 1_000 / this.#terms.perSecond));
  }

  /** Processes that ask at the same moments would always be served in the same order. */
  #jittered(ms: number): number {
    const { random = Math.random } = this.options;
    return ms * (1 + random() / 2);
  }
}

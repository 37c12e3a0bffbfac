import type { BudgetStore, BudgetTerms, Lease } from './budget-store.js';
import type { Clock } from './clock.js';
import { UnitQueue } from './unit-queue.js';

/** Why units cannot be had: they are spent, too many wait for them, or they did not come in time. */
export type RefusalReason = 'spent' | 'backlog' | 'late';

export interface Refusal {
  readonly reason: RefusalReason;
  /** When it may be worth another try; undefined for what never comes back. */
  readonly retryAfterMs: number | undefined;
}

/** Hears once that it is its turn, or why it is not. */
export type OnTurn = (refusal: Refusal | undefined) => void;

/** Counted for all budgets of a class. */
export interface BudgetFigures {
  accepted: number;
  /** Of the accepted, those who waited longer than a lease takes. */
  delayed: number;
  refused: number;
  leases: number;
  failedLeases: number;
}

export interface SharedBudgetOptions {
  readonly store: BudgetStore;
  /** Names it in the store. */
  readonly budget: string;
  readonly process: string;
  readonly terms: BudgetTerms;
  readonly clock: Clock;
  readonly figures: BudgetFigures;
  /** From 0 to 1: processes that ask at the same moments would always be served in the same order. */
  readonly random?: () => number;
}

interface Waiter {
  readonly units: number;
  readonly sinceMs: number;
  readonly onTurn: OnTurn;
}

/** How much of its own recent use a process leases ahead. */
const leasedMs = 2_000;
/**
 * All processes together no more than this part of what is left: what is leased and spent later comes
 * on top of what the rate has refilled since, and is the most by which a limit can be exceeded.
 */
const leasedPart = 1 / 25;
/** Who was let wait, and waits so much longer than he should, waits for nothing. */
const lateFactor = 1.25;
/** What is leased and not touched for so long is given back. */
const lapseMs = 2_000;
const pollMsMin = 100;
const pollMsMax = 1_000;
/** A store that does not answer for so long is done without. */
const patienceMs = 500;
/** And asked again so often. */
const retryMs = 1_000;
/** So much of the rate is there at once when the store fails. */
const standInMsMax = 10_000;
/** What a lease says of everybody's units is believed for so long. */
const knownMs = 1_000;
/** Use is measured over no shorter time. */
const measuredMsMin = 50;
const measuredMsMax = 60_000;

/**
 * One process's part of a budget that many spend from. It leases what it will probably need, by its own
 * recent use, so that to spend takes no call of the store; what is scarce is asked for a little at a
 * time, and shared by the store among those who wait. While the store is away each goes on with its last
 * share of the rate, and tells afterwards what it spent. Whoever spends nothing costs nothing.
 */
export class SharedBudget {
  #terms: BudgetTerms;
  #stock = 0;
  /** Below, more is leased before it runs out. */
  #lowWater = 0;
  /** Spent without a lease, and not told yet. */
  #owed = 0;
  readonly #waiters = new UnitQueue<Waiter>();
  #lease: (Lease & { readonly atMs: number }) | undefined;
  #isAsking = false;
  #askedMs = -Infinity;
  /** The last lease was smaller than what was asked for. */
  #isStarved = false;
  /** The store does not answer. */
  #isAway = false;
  /** Up to then the rate is accounted for. */
  #standInFromMs: number;
  #isReleased = false;
  /** Units a second, over the last seconds. */
  #use = 0;
  #measuredMs = -Infinity;
  #spentSinceMeasured = 0;
  #spentSinceLooked = 0;
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;

  constructor(private readonly options: SharedBudgetOptions) {
    this.#terms = options.terms;
    this.#standInFromMs = options.clock.nowMs();
  }

  get terms(): BudgetTerms {
    return this.#terms;
  }

  set terms(terms: BudgetTerms) {
    if (isSame(terms, this.#terms)) {
      return;
    }
    this.#terms = terms;
    this.#lease = undefined;
    this.#isStarved = false;
  }

  /** Takes the units if they are at hand; `wait` finds out whether they can be had. */
  spend(units: number): boolean {
    if (this.#stock < units || !this.#waiters.isEmpty) {
      return false;
    }
    this.#take(units);
    if (this.#stock < this.#lowWater) {
      this.#ask();
    }
    return true;
  }

  /** Turns come in the order of the calls. */
  wait(units: number, onTurn: OnTurn): void {
    if (this.#isReleased || this.spend(units)) {
      onTurn(undefined);
      return;
    }
    const { clock, figures } = this.options;
    const nowMs = clock.nowMs();
    if (this.#isAway) {
      this.#standIn(nowMs, units);
    }
    const refusal = this.#refusalOf(units, this.#waiters.units, nowMs);
    if (refusal !== undefined) {
      figures.refused += 1;
      onTurn(refusal);
      return;
    }
    this.#waiters.push({ units, sinceMs: nowMs, onTurn });
    this.#serve(nowMs);
    this.#ask();
    this.#schedule();
  }

  /** Units that were spent for something that did not happen. */
  giveBack(units: number): void {
    this.#stock += units;
    this.options.figures.accepted -= 1;
    this.#serve(this.options.clock.nowMs());
    this.#schedule();
  }

  /** Lets everybody through who waits, and whoever comes: the process ends. */
  release(): void {
    this.#isReleased = true;
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      this.#owed += waiter.units;
      this.options.figures.accepted += 1;
      waiter.onTurn(undefined);
    }
  }

  /** Gives back what is leased. */
  async stop(): Promise<void> {
    this.release();
    this.#timer?.cancel();
    const returned = this.#stock - this.#owed;
    this.#stock = 0;
    this.#owed = 0;
    if (returned !== 0) {
      await this.#call({ want: 0, waiting: 0, returned });
    }
  }

  #take(units: number): void {
    this.#stock -= units;
    this.#spentSinceMeasured += units;
    this.#spentSinceLooked += units;
    this.options.figures.accepted += 1;
  }

  /** Undefined when it may wait for its turn, behind those ahead. */
  #refusalOf(units: number, ahead: number, nowMs: number): Refusal | undefined {
    const { perSecond, queueMs, capacity } = this.#terms;
    const elsewhere = this.#isAway ? 0 : (this.#lease?.waitingElsewhere ?? 0);
    const missing = ahead + elsewhere + units - this.#stock - this.#knownFree(nowMs);
    if (missing <= 0 && units <= capacity) {
      return undefined;
    }
    const rate = this.#isAway ? perSecond * this.#share : perSecond;
    const waitMs = rate === 0 ? undefined : (1_000 * missing) / rate;
    if (units > capacity || queueMs === 0 || waitMs === undefined) {
      return { reason: 'spent', retryAfterMs: waitMs };
    }
    return waitMs <= queueMs ? undefined : { reason: 'backlog', retryAfterMs: waitMs - queueMs };
  }

  /** What is there for everybody, as far as the last lease tells. */
  #knownFree(nowMs: number): number {
    if (this.#isAway) {
      return 0;
    }
    if (this.#lease === undefined || nowMs - this.#lease.atMs > knownMs) {
      return Infinity;
    }
    const refilled = ((nowMs - this.#lease.atMs) * this.#terms.perSecond) / 1_000;
    return this.#lease.free + refilled;
  }

  /** As long as the next unit takes to come back, within reason. */
  get #pollMs(): number {
    return Math.min(pollMsMax, Math.max(pollMsMin, 1_000 / this.#terms.perSecond));
  }

  #jittered(ms: number): number {
    const { random = Math.random } = this.options;
    return ms * (1 + random() / 2);
  }

  get #share(): number {
    return 1 / (this.#lease?.processes ?? 1);
  }

  #serve(nowMs: number): void {
    for (
      let waiter = this.#waiters.first;
      waiter !== undefined && this.#stock >= waiter.units;
      waiter = this.#waiters.first
    ) {
      this.#waiters.shift();
      this.#take(waiter.units);
      if (nowMs - waiter.sinceMs > pollMsMin) {
        this.options.figures.delayed += 1;
      }
      waiter.onTurn(undefined);
    }
  }

  /** Whoever waited too long, and, where nobody waits, whoever cannot be served now. */
  #refuseSome(nowMs: number): void {
    const { queueMs } = this.#terms;
    for (let waiter = this.#waiters.first; waiter !== undefined; waiter = this.#waiters.first) {
      const isLate = nowMs - waiter.sinceMs > lateFactor * queueMs + 2 * patienceMs;
      const refusal: Refusal | undefined = isLate
        ? { reason: 'late', retryAfterMs: queueMs }
        : queueMs === 0
          ? this.#refusalOf(waiter.units, 0, nowMs)
          : undefined;
      if (refusal === undefined) {
        return;
      }
      this.#waiters.shift();
      this.options.figures.refused += 1;
      waiter.onTurn(refusal);
    }
  }

  #ask(): void {
    const nowMs = this.options.clock.nowMs();
    const pauseMs = this.#isAway ? retryMs : this.#isStarved ? this.#pollMs : 0;
    if (this.#isAsking || nowMs - this.#askedMs < pauseMs) {
      return;
    }
    this.#measureUse(nowMs);
    const part = (this.#lease?.free ?? 0) * leasedPart * this.#share;
    const ahead = Math.floor(Math.min((this.#use * leasedMs) / 1_000, part));
    const want = Math.max(0, Math.ceil(this.#waiters.units + ahead - this.#stock));
    this.#lowWater = ahead / 2;
    if (want > 0) {
      void this.#leaseMore(want, 0);
    }
  }

  #measureUse(nowMs: number): void {
    const passedMs = Math.min(measuredMsMax, nowMs - this.#measuredMs);
    if (passedMs < measuredMsMin) {
      return;
    }
    const now = (1_000 * this.#spentSinceMeasured) / passedMs;
    this.#use += (1 - Math.exp(-passedMs / 1_000)) * (now - this.#use);
    this.#measuredMs = nowMs;
    this.#spentSinceMeasured = 0;
  }

  /** @param unused of the stock, given back */
  async #leaseMore(want: number, unused: number): Promise<void> {
    const owed = this.#owed;
    const waiting = this.#terms.queueMs === 0 ? 0 : Math.min(want, this.#waiters.units);
    this.#owed = 0;
    this.#stock -= unused;
    this.#isAsking = true;
    this.#askedMs = this.options.clock.nowMs();
    this.#schedule();
    const lease = await this.#call({ want, waiting, returned: unused - owed });
    const nowMs = this.options.clock.nowMs();
    this.#isAsking = false;
    this.#isAway = lease === undefined;
    if (lease === undefined) {
      // What was given back may have arrived: it is not given back twice.
      this.#owed += Math.max(0, owed - unused);
      this.#standIn(nowMs, 0);
    } else {
      this.#lease = { ...lease, atMs: nowMs };
      this.#standInFromMs = nowMs;
      this.#stock += lease.granted;
      this.#isStarved = this.#terms.queueMs > 0 && lease.granted < want;
    }
    this.#serve(nowMs);
    this.#refuseSome(nowMs);
    if (!this.#waiters.isEmpty) {
      this.#ask();
    }
    this.#schedule();
  }

  /** Undefined when the store failed; whether it did what it was told is not known then. */
  async #call(units: { want: number; waiting: number; returned: number }) {
    const { store, budget, process, figures } = this.options;
    figures.leases += 1;
    try {
      return await store.lease({ budget, process, terms: this.#terms, ...units });
    } catch {
      figures.failedLeases += 1;
      return undefined;
    }
  }

  /** The store is away: this process's share of the rate; of what never comes back, what is needed. */
  #standIn(nowMs: number, units: number): void {
    const { perSecond } = this.#terms;
    const passedMs = Math.min(standInMsMax, nowMs - this.#standInFromMs);
    this.#standInFromMs = nowMs;
    const granted =
      perSecond === 0
        ? Math.max(0, this.#waiters.units + units - this.#stock)
        : (passedMs * perSecond * this.#share) / 1_000;
    this.#stock += granted;
    this.#owed += granted;
  }

  readonly #tick = (): void => {
    const nowMs = this.options.clock.nowMs();
    this.#timer = undefined;
    this.#isAway ||= this.#isAsking && nowMs - this.#askedMs >= patienceMs;
    if (this.#isAway) {
      this.#standIn(nowMs, 0);
      this.#serve(nowMs);
    }
    this.#refuseSome(nowMs);
    if (!this.#waiters.isEmpty) {
      this.#ask();
    } else if (!this.#isAsking) {
      this.#lapse();
    }
    this.#schedule();
  };

  /** Gives back what nobody used since the last look, and tells what is owed. */
  #lapse(): void {
    const isUnused = this.#spentSinceLooked === 0;
    this.#spentSinceLooked = 0;
    if ((isUnused && this.#stock > 0) || this.#owed !== 0) {
      void this.#leaseMore(0, this.#stock);
    }
  }

  /** Nothing is scheduled while there is nothing to look after. */
  #schedule(): void {
    const { clock } = this.options;
    const isWaitedFor = this.#isAsking || !this.#waiters.isEmpty;
    if (this.#isReleased || (!isWaitedFor && this.#stock <= 0 && this.#owed === 0)) {
      return;
    }
    const ms = isWaitedFor ? this.#jittered(this.#pollMs) : lapseMs;
    const dueMs = clock.nowMs() + ms;
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) {
      return;
    }
    this.#timer?.cancel();
    this.#timer = { dueMs, cancel: clock.after(ms, this.#tick) };
  }
}

function isSame(one: BudgetTerms, other: BudgetTerms): boolean {
  return (
    one.capacity === other.capacity &&
    one.perSecond === other.perSecond &&
    one.queueMs === other.queueMs
  );
}

import assert from 'node:assert';
import type { Throttle, ThrottleRefusal } from '@linchpin/wire';
import { LeasedStock, type BudgetPartOptions } from './leased-stock.js';
import { UnitQueue } from './unit-queue.js';

/** Hears once that it is its turn, or why it is not. */
type OnTurn = (refusal: ThrottleRefusal | undefined) => void;

interface Waiter {
  readonly units: number;
  readonly sinceMs: number;
  readonly onTurn: OnTurn;
}

/** Who waits longer than a lease takes was delayed. */
const delayedMs = 100;
/** A waiter that exceeds its promised wait by this much is refused as late. */
const lateFactor = 1.25;
const lateMs = 1_000;

/**
 * One process's part of a budget that many spend from: who may have units at once, who waits for them in
 * order, and who is told that they cannot be had. Where they come from is the stock's affair.
 */
export class SharedBudget {
  #terms: Throttle;
  readonly #stock: LeasedStock;
  readonly #waiters = new UnitQueue<Waiter>();
  #isServing = false;
  #isStopped = false;

  constructor(private readonly options: BudgetPartOptions) {
    this.#terms = options.terms;
    this.#stock = new LeasedStock(options, {
      units: () => this.#waiters.units,
      onChange: (nowMs) => {
        this.#serve(nowMs);
        this.#refuseSome(nowMs);
      },
    });
  }

  get terms(): Throttle {
    return this.#terms;
  }

  set terms(terms: Throttle) {
    if (!isSame(terms, this.#terms)) {
      this.#terms = terms;
      this.#stock.terms = terms;
    }
  }

  /** Takes the units if they are at hand; `wait` finds out whether they can be had. */
  spend(units: number): boolean {
    if (this.#stock.units < units || !this.#waiters.isEmpty) {
      return false;
    }
    this.#take(units);
    this.#stock.keepUp();
    return true;
  }

  /** Turns come in the order of the calls. @param units more than 0 */
  wait(units: number, onTurn: OnTurn): void {
    assert(units > 0, `${units} units are nothing to wait for`);
    if (this.#isStopped || this.spend(units)) {
      onTurn(undefined);
      return;
    }
    const nowMs = this.options.clock.nowMs();
    this.#stock.standIn(nowMs, units);
    const refusal = this.#judge(units, this.#waiters.units, nowMs);
    if (refusal !== undefined) {
      this.#refuse(onTurn, refusal);
      return;
    }
    this.#waiters.push({ units, sinceMs: nowMs, onTurn });
    this.#serve(nowMs);
    this.#stock.ask();
  }

  /** Why `wait` would refuse the units now; undefined when it would not. */
  refusalOf(units: number): ThrottleRefusal | undefined {
    return this.#isStopped
      ? undefined
      : this.#judge(units, this.#waiters.units, this.options.clock.nowMs());
  }

  /** Units that were spent for something that did not happen. */
  giveBack(units: number): void {
    this.options.figures.givenBack += 1;
    this.#stock.putBack(units);
    this.#serve(this.options.clock.nowMs());
  }

  /** Lets everybody through who waits, and whoever comes; gives back what is leased, or is just being. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#serve(this.options.clock.nowMs());
    await this.#stock.stop();
  }

  #take(units: number): void {
    this.options.figures.accepted += 1;
    this.#stock.take(units);
  }

  /** A callback may give units back and so call this again; the running loop then serves them. */
  #serve(nowMs: number): void {
    if (this.#isServing) {
      return;
    }
    this.#isServing = true;
    try {
      for (
        let waiter = this.#waiters.first;
        waiter !== undefined && (this.#isStopped || this.#stock.units >= waiter.units);
        waiter = this.#waiters.first
      ) {
        this.#waiters.shift();
        this.#take(waiter.units);
        if (nowMs - waiter.sinceMs > delayedMs) {
          this.options.figures.delayed += 1;
        }
        waiter.onTurn(undefined);
      }
    } finally {
      this.#isServing = false;
    }
  }

  /** Whoever waited too long, and, where nobody waits, whoever cannot be served now. */
  #refuseSome(nowMs: number): void {
    const { queueMs } = this.#terms;
    for (let waiter = this.#waiters.first; waiter !== undefined; waiter = this.#waiters.first) {
      const isLate = nowMs - waiter.sinceMs > lateFactor * queueMs + lateMs;
      const refusal: ThrottleRefusal | undefined = isLate
        ? { reason: 'late', retryAfterMs: queueMs }
        : queueMs === 0
          ? this.#judge(waiter.units, 0, nowMs)
          : undefined;
      if (refusal === undefined) {
        return;
      }
      this.#waiters.shift();
      this.#refuse(waiter.onTurn, refusal);
    }
  }

  #refuse(onTurn: OnTurn, refusal: ThrottleRefusal): void {
    this.options.figures.refused += 1;
    onTurn(refusal);
  }

  /** Undefined when it may have the units, or wait for its turn behind those ahead. */
  #judge(units: number, ahead: number, nowMs: number): ThrottleRefusal | undefined {
    const { capacity, queueMs } = this.#terms;
    const { units: there, perSecond } = this.#stock.outlook(nowMs);
    const missing = ahead + units - there;
    if (missing <= 0 && units <= capacity) {
      return undefined;
    }
    const waitMs = perSecond === 0 ? undefined : (1_000 * missing) / perSecond;
    if (units > capacity || queueMs === 0 || waitMs === undefined) {
      return { reason: 'spent', retryAfterMs: waitMs };
    }
    return waitMs <= queueMs ? undefined : { reason: 'backlog', retryAfterMs: waitMs - queueMs };
  }
}

function isSame(one: Throttle, other: Throttle): boolean {
  return (
    one.capacity === other.capacity &&
    one.perSecond === other.perSecond &&
    one.queueMs === other.queueMs
  );
}

/** How fast a hub's back ends may do what (security-limits.md section 10). */
import {
  HubError,
  throttleErrors,
  throttleName,
  throttleOf,
  type Throttle,
  type ThrottleClass,
  type ThrottleRefusal,
} from '@linchpin/wire';
import type { HubOfCaller } from './caller.js';

/** Amounts that all processes of a deployment spend from together: a port of `@linchpin/platform/budgets`. */
export interface Budgets {
  /** The same budget for the same name; new terms hold for all who have it. */
  open(name: string, kind: string, terms: Throttle): Budget;

  /** Lets through whoever waits. */
  close(name: string): void;
}

export interface Budget {
  /** Hears once that it is its turn, or why it is not. */
  wait(units: number, onTurn: (refusal: BudgetRefusal | undefined) => void): void;
}

interface BudgetRefusal {
  readonly reason: ThrottleRefusal;
  readonly retryAfterMs: number | undefined;
}

export class HubThrottles {
  /** Names of open budgets, the one that was charged last at the end. */
  readonly #open = new Set<string>();

  constructor(
    private readonly budgets: Budgets,
    /** So many budgets are kept open: a hub that is deleted is not heard of here. */
    private readonly openMax = 10_000,
  ) {}

  /**
   * Resolves when it is the operation's turn, at once for most.
   *
   * @param units rows of a bulk operation count one each; 0 costs nothing
   * @throws HubError `ThrottlingException` or one of its kin, with the time after which to try again
   */
  async charge(hub: HubOfCaller, name: ThrottleClass, units = 1): Promise<void> {
    const terms = throttleOf(name, hub.limits);
    if (terms === undefined || units === 0) {
      return;
    }
    const budget = this.#openBudget(throttleName(hub, name), name, terms);
    const refusal = await new Promise<BudgetRefusal | undefined>((resolve) => {
      budget.wait(units, resolve);
    });
    if (refusal !== undefined) {
      const { reason, retryAfterMs } = refusal;
      throw new HubError(
        throttleErrors[reason],
        `The hub may do no more of this kind now: ${name}.`,
        retryAfterMs === undefined ? {} : { retryAfterMs },
      );
    }
  }
  #openBudget(budgetName: string, kind: string, terms: Throttle): Budget {
    this.#open.delete(budgetName);
    this.#open.add(budgetName);
    const [oldest] = this.#open;
    if (this.#open.size > this.openMax && oldest !== undefined) {
      this.#open.delete(oldest);
      this.budgets.close(oldest);
    }
    return this.budgets.open(budgetName, kind, terms);
  }
}

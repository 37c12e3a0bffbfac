/** How fast a hub's back ends may do what (security-limits.md section 10). */
import {
  dailyQuotaName,
  dailyQuotaOf,
  HubError,
  meterBytes,
  meterMessage,
  quotaDay,
  throttleErrors,
  throttleName,
  throttleOf,
  type Throttle,
  type ThrottleClass,
  type ThrottleRefusal,
} from '@linchpin/wire';
import type { HubOfCaller } from './caller.js';

/** Amounts that all processes of a deployment spend from together: a port of `@linchpin/platform/budgets`. */
interface Budgets {
  /** The same budget for the same name; new terms hold for all who have it. */
  open(name: string, kind: string, terms: Throttle): Budget;

  /** Lets through whoever waits. */
  close(name: string): void;
}

interface BudgetTerms {
  readonly name: string;
  readonly kind: string;
  readonly terms: Throttle;
}

/** Undefined when it was let through. */
type Refusal = ThrottleRefusal | undefined;

interface Budget {
  /** Hears once that it is its turn, or why it is not. */
  wait(units: number, onTurn: (refusal: Refusal) => void): void;
}

export class HubThrottles {
  /** How many wait for each open budget, by its name; the one that was charged last at the end. */
  readonly #waiting = new Map<string, number>();

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
    const refusal = await this.#spend({ name: throttleName(hub, name), kind: name, terms }, units);
    if (refusal !== undefined) {
      const { reason, retryAfterMs } = refusal;
      throw new HubError(
        throttleErrors[reason],
        `The hub has spent its limit for ${name}: ${Math.round(terms.perSecond * 60)} a minute ` +
          `(${hub.limits.sku}, units: ${hub.limits.units}).`,
        retryAfterMs === undefined ? {} : { retryAfterMs },
      );
    }
  }

  /**
   * Takes a message from the hub's quota of the day, which all that sends messages shares.
   *
   * @param bytes as they count for limits
   * @throws HubError `IotHubQuotaExceeded`
   */
  async chargeMessage(hub: HubOfCaller, bytes: number, now: Date): Promise<void> {
    const terms = dailyQuotaOf(hub.limits);
    if (terms === undefined) {
      return;
    }
    const name = dailyQuotaName(hub, quotaDay(now));
    const units = meterMessage(bytes, meterBytes(hub.limits));
    if ((await this.#spend({ name, kind: 'messages', terms }, units)) !== undefined) {
      throw new HubError('IotHubQuotaExceeded', 'The hub has sent its messages of this day.');
    }
  }

  async #spend({ name, kind, terms }: BudgetTerms, units: number): Promise<Refusal> {
    const budget = this.budgets.open(name, kind, terms);
    this.#count(name, 1);
    this.#closeOldest();
    const refusal = await new Promise<Refusal>((resolve) => {
      budget.wait(units, resolve);
    });
    this.#count(name, -1);
    return refusal;
  }

  #count(budgetName: string, more: 1 | -1): void {
    const waiting = (this.#waiting.get(budgetName) ?? 0) + more;
    this.#waiting.delete(budgetName);
    this.#waiting.set(budgetName, waiting);
  }

  /** Of those for which nobody waits: closing lets through whoever does. */
  #closeOldest(): void {
    if (this.#waiting.size <= this.openMax) {
      return;
    }
    for (const [budgetName, waiting] of this.#waiting) {
      if (waiting === 0) {
        this.#waiting.delete(budgetName);
        this.budgets.close(budgetName);
        return;
      }
    }
  }
}

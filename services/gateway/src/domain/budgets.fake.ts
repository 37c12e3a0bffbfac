import type { Throttle, ThrottleRefusal } from '@linchpin/wire';
import type { Budget, Budgets } from './budgets.js';

/** Has what a test gives it; at first its whole capacity. */
class FakeBudget implements Budget {
  waiting: { readonly units: number; readonly onTurn: (refusal?: ThrottleRefusal) => void }[] = [];
  atHand: number;
  /** So many wait elsewhere that nobody else may. */
  isOverfull = false;

  constructor(public terms: Throttle) {
    this.atHand = terms.capacity;
  }

  spend(units: number): boolean {
    if (this.atHand < units || this.waiting.length > 0) {
      return false;
    }
    this.atHand -= units;
    return true;
  }

  wait(units: number, onTurn: (refusal: ThrottleRefusal | undefined) => void): void {
    const refusal = this.refusalOf();
    if (refusal !== undefined || this.spend(units)) {
      onTurn(refusal);
    } else {
      this.waiting.push({ units, onTurn });
    }
  }

  refusalOf(): ThrottleRefusal | undefined {
    return this.isOverfull ? { reason: 'backlog', retryAfterMs: undefined } : undefined;
  }

  giveBack(units: number): void {
    this.give(units);
  }

  give(units: number): void {
    this.atHand += units;
    const [first] = this.waiting;
    if (first !== undefined && this.atHand >= first.units) {
      this.waiting.shift();
      this.atHand -= first.units;
      first.onTurn();
      this.give(0);
    }
  }

  refuse(reason: ThrottleRefusal['reason'], count = this.waiting.length): void {
    for (const { onTurn } of this.waiting.splice(0, count)) {
      onTurn({ reason, retryAfterMs: undefined });
    }
  }
}

export class FakeBudgets implements Budgets {
  readonly #open = new Map<string, FakeBudget>();

  get names(): string[] {
    return [...this.#open.keys()];
  }

  /** @throws Error when there is none of that name */
  get(name: string): FakeBudget {
    const budget = this.#open.get(name);
    if (budget === undefined) {
      throw new Error(`no budget ${name} among ${this.names.join(', ')}`);
    }
    return budget;
  }

  open(name: string, _kind: string, terms: Throttle): FakeBudget {
    const budget = this.#open.get(name) ?? new FakeBudget(terms);
    budget.terms = terms;
    this.#open.set(name, budget);
    return budget;
  }

  close(name: string): void {
    const budget = this.#open.get(name);
    this.#open.delete(name);
    budget?.give(Infinity);
  }
}

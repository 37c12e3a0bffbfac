import type { Throttle } from '@linchpin/wire';
import { Counter, type Registry } from '../metrics/metrics.js';
import { noFigures, type BudgetFigures } from './budget-figures.js';
import type { BudgetStore } from './budget-store.js';
import type { Clock } from './clock.js';
import { SharedBudget } from './shared-budget.js';

interface SharedBudgetsOptions {
  readonly store: BudgetStore;
  /** Unique among all processes that share the store. */
  readonly process: string;
  readonly clock: Clock;
  /** The store failed, or our call of it did. */
  readonly onFailure: (error: unknown) => void;
  /** It answers after it had failed. */
  readonly onRecovery: () => void;
}

/** As long as a process that stops waits for the store. */
const stopMs = 1_000;

/** All budgets that a process spends from, by name. */
export class SharedBudgets {
  readonly #budgets = new Map<string, SharedBudget>();
  readonly #closing = new Set<Promise<void>>();
  /** By class. */
  readonly #figures = new Map<string, BudgetFigures>();

  constructor(private readonly options: SharedBudgetsOptions) {}

  /**
   * The same budget for the same name, until it is closed; new terms hold for all who have it.
   *
   * @param kind its class, for metrics
   */
  open(name: string, kind: string, terms: Throttle): SharedBudget {
    const known = this.#budgets.get(name);
    if (known !== undefined) {
      known.terms = terms;
      return known;
    }
    const figures = this.#figuresOf(kind);
    const budget = new SharedBudget({ ...this.options, budget: name, terms, figures });
    this.#budgets.set(name, budget);
    return budget;
  }

  /** Lets through whoever waits, and gives back what is leased. */
  close(name: string): void {
    const budget = this.#budgets.get(name);
    this.#budgets.delete(name);
    if (budget !== undefined) {
      const closing = budget.stop().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }

  /** What is spent of a budget that never refills, leases included. */
  spent(name: string): Promise<number> {
    return this.options.store.spent(name);
  }

  /** Closes all; resolves when what was leased is given back, or that takes too long. */
  async stop(): Promise<void> {
    for (const name of [...this.#budgets.keys()]) {
      this.close(name);
    }
    const stopped = Promise.all(this.#closing);
    const { clock } = this.options;
    await Promise.race([stopped, new Promise<void>((resolve) => clock.after(stopMs, resolve))]);
  }

  /** Counted in plain numbers, and read only when somebody scrapes. */
  addMetrics(metrics: Registry): void {
    const figures = this.#figures;
    new Counter({
      name: 'linchpin_limits_requests_total',
      help: 'What asked for a part of a limit: accepted (delayed and given-back among them), or refused.',
      labelNames: ['class', 'outcome'],
      registers: [metrics],
      collect() {
        this.reset();
        for (const [kind, { accepted, delayed, givenBack, refused }] of figures) {
          this.inc({ class: kind, outcome: 'accepted' }, accepted);
          this.inc({ class: kind, outcome: 'delayed' }, delayed);
          this.inc({ class: kind, outcome: 'given-back' }, givenBack);
          this.inc({ class: kind, outcome: 'refused' }, refused);
        }
      },
    });
    new Counter({
      name: 'linchpin_limits_leases_total',
      help: 'Calls of the store for leases of limits, by whether it answered.',
      labelNames: ['class', 'outcome'],
      registers: [metrics],
      collect() {
        this.reset();
        for (const [kind, { leases, failedLeases }] of figures) {
          this.inc({ class: kind, outcome: 'answered' }, leases - failedLeases);
          this.inc({ class: kind, outcome: 'failed' }, failedLeases);
        }
      },
    });
  }

  #figuresOf(kind: string): BudgetFigures {
    const figures = this.#figures.get(kind) ?? noFigures();
    this.#figures.set(kind, figures);
    return figures;
  }
}

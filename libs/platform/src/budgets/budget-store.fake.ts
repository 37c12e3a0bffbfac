import type { BudgetStore, Lease, LeaseRequest } from './budget-store.js';

interface KeptBudget {
  level: number;
  atMs: number;
  readonly wishes: Map<string, { units: number; askedMs: number }>;
}

const freshMs = 3_000;

/** In memory and as slow as a test wants; keeps the contract of the one in Redis. */
export class FakeBudgetStore implements BudgetStore {
  readonly requests: LeaseRequest[] = [];
  /** Rejects, or never answers while it resolves never. */
  onLease: (request: LeaseRequest) => Promise<void> = () => Promise.resolve();
  readonly #budgets = new Map<string, KeptBudget>();

  constructor(private readonly nowMs: () => number) {}

  async lease(request: LeaseRequest): Promise<Lease> {
    this.requests.push(request);
    await this.onLease(request);
    const { terms, process, want, waiting, returned } = request;
    const now = this.nowMs();
    const kept = this.#keep(request.budget, now);
    const refilled = (Math.max(0, now - kept.atMs) * terms.perSecond) / 1_000;
    const level = Math.max(0, kept.level - refilled - returned);
    kept.level = terms.perSecond > 0 ? Math.min(level, terms.capacity) : level;
    kept.atMs = now;
    kept.wishes.delete(process);
    for (const [other, { askedMs }] of kept.wishes) {
      if (now - askedMs > freshMs) {
        kept.wishes.delete(other);
      }
    }
    const processes = kept.wishes.size + 1;
    const elsewhere = [...kept.wishes.values()].reduce((sum, { units }) => sum + units, 0);
    const free = Math.max(0, Math.floor(terms.capacity - kept.level));
    const share = Math.max(1, Math.floor((free * want) / (want + elsewhere)));
    const granted = Math.min(want, free, elsewhere > 0 && want > 0 ? share : Infinity);
    kept.level += granted;
    kept.wishes.set(process, { units: Math.max(0, waiting - granted), askedMs: now });
    return { granted, free: free - granted, waitingElsewhere: elsewhere, processes };
  }

  spent(budget: string): Promise<number> {
    return Promise.resolve(Math.ceil(this.#budgets.get(budget)?.level ?? 0));
  }

  #keep(budget: string, atMs: number): KeptBudget {
    const kept = this.#budgets.get(budget) ?? { level: 0, atMs, wishes: new Map() };
    this.#budgets.set(budget, kept);
    return kept;
  }
}

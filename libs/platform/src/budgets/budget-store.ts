import type { Throttle } from '@linchpin/wire';

/** What one process asks of a budget that others spend from as well. */
export interface LeaseRequest {
  readonly budget: string;
  readonly terms: Pick<Throttle, 'capacity' | 'perSecond'>;
  /** Who asks; unique among all that share the budget. */
  readonly process: string;
  readonly want: number;
  /** Of those, the units for which somebody waits already: what is scarce is shared by them. */
  readonly waiting: number;
  /** Leased before and not spent. Negative: spent without a lease. */
  readonly returned: number;
}

export interface Lease {
  readonly granted: number;
  /** What is left for everybody. */
  readonly free: number;
  /** Units for which others wait. */
  readonly waitingElsewhere: number;
  /** How many processes spend from the budget, this one included. */
  readonly processes: number;
}

/** Where budgets are kept for all processes; a lease is taken in one atomic step. */
export interface BudgetStore {
  lease(request: LeaseRequest): Promise<Lease>;

  /** What is spent or leased of a budget that never refills; 0 when it is not known. */
  spent(budget: string): Promise<number>;
}

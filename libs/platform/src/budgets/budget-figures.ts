/** Counted for all budgets of a class; they only rise. */
export interface BudgetFigures {
  accepted: number;
  /** Of the accepted, those who waited longer than a lease takes. */
  delayed: number;
  /** Of the accepted, those who did not need it after all. */
  givenBack: number;
  refused: number;
  leases: number;
  failedLeases: number;
}

export function noFigures(): BudgetFigures {
  return { accepted: 0, delayed: 0, givenBack: 0, refused: 0, leases: 0, failedLeases: 0 };
}

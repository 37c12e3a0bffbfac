export type { BudgetFigures } from './budget-figures.js';
export type { BudgetStore, BudgetTerms, Lease, LeaseRequest } from './budget-store.js';
export { processClock, type Clock } from './clock.js';
export { RedisBudgetStore } from './redis-budget-store.js';
export { SharedBudget, type OnTurn, type Refusal, type RefusalReason } from './shared-budget.js';
export { SharedBudgets } from './shared-budgets.js';

export { processClock } from './clock.js';
export { RedisBudgetStore } from './redis-budget-store.js';
export { SharedBudgets } from './shared-budgets.js';

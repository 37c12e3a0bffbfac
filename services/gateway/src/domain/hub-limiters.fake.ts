import { FakeBudgets } from './budgets.fake.js';
import { HubLimiters } from './hub-limiters.js';

/** Limiters of hubs over budgets that a test controls. */
export function fakeLimiters(budgets = new FakeBudgets()): HubLimiters {
  return new HubLimiters({
    budgets,
    now: () => new Date('2026-11-25T12:00:00Z'),
    heldBytesMax: { ofHub: 10_000, ofAll: 30_000 },
    held: { bytes: 0 },
  });
}

import { HoldingSpace } from '@linchpin/fairness';
import { FakeBudgets } from './budgets.fake.js';
import { HubLimiters } from './hub-limiters.js';

/** Of all hubs. */
const heldBytesMax = 30_000;

/** Limiters of hubs over budgets that a test controls. */
export function fakeLimiters(budgets = new FakeBudgets()): HubLimiters {
  return new HubLimiters({
    budgets,
    now: () => new Date('2026-11-25T12:00:00Z'),
    space: new HoldingSpace(heldBytesMax),
  });
}

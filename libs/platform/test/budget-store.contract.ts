import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { BudgetStore, Lease, LeaseRequest } from '../src/budgets/budget-store.js';

interface Setting {
  readonly store: BudgetStore;
  /** Lets the store's clock go on. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What budgets promise wherever they are kept. */
export function budgetStoreContract(name: string, setting: () => Setting): void {
  const asker = (terms: Partial<LeaseRequest['terms']>) => {
    const budget = randomUUID();
    const whole = { capacity: 10, perSecond: 0, ...terms };
    return {
      budget,
      lease: (process: string, want: number, units: Partial<LeaseRequest> = {}): Promise<Lease> =>
        setting().store.lease({
          ...{ budget, process, terms: whole, want, waiting: 0, returned: 0 },
          ...units,
        }),
    };
  };

  describe(`${name} keeps the contract of a budget store`, () => {
    test('no more is leased than there is, and budgets are apart', async () => {
      const { lease } = asker({});
      expect(await lease('p1', 7)).toEqual(reply(7, 3));
      expect(await lease('p2', 7)).toEqual({ ...reply(3, 0), processes: 2 });
      expect(await lease('p1', 1)).toEqual({ ...reply(0, 0), processes: 2 });
      expect(await asker({}).lease('p1', 10)).toEqual(reply(10, 0));
    });

    test('what is given back can be had again, and what is owed cannot', async () => {
      const { budget, lease } = asker({});
      await lease('p1', 10);
      expect(await lease('p1', 0, { returned: 4 })).toEqual(reply(0, 4));
      expect(await lease('p1', 0, { returned: -3 })).toEqual(reply(0, 1));
      expect(await setting().store.spent(budget)).toBe(9);
      expect(await setting().store.spent(randomUUID())).toBe(0);
    });

    test('a higher limit gives more at once, a lower one takes back what is left', async () => {
      const { budget, lease } = asker({});
      await lease('p1', 10);
      const terms = { capacity: 12, perSecond: 0 };
      expect(await lease('p1', 5, { budget, terms })).toEqual(reply(2, 0));
      expect(await lease('p1', 5, { budget, terms: { ...terms, capacity: 3 } })).toEqual(
        reply(0, 0),
      );
    });

    test('the rate refills, up to the capacity', async () => {
      const { lease } = asker({ perSecond: 100 });
      await lease('p1', 10);
      await setting().pass(50);
      const { granted } = await lease('p1', 3);
      expect(granted).toBe(3);
      await setting().pass(200);
      expect(await lease('p1', 20)).toEqual(reply(10, 0));
    });

    test('a debt to a rate is no longer than a refill', async () => {
      const { lease } = asker({ perSecond: 100 });
      await lease('p1', 0, { returned: -1_000_000 });
      await setting().pass(150);
      expect(await lease('p1', 20)).toEqual(reply(10, 0));
    });

    test('what is scarce is shared by those who wait, as much as each wants', async () => {
      const { lease } = asker({ capacity: 30 });
      await lease('p1', 30, { waiting: 30 });
      await lease('p2', 40, { waiting: 40 });
      await lease('p3', 10, { waiting: 10 });
      expect(await lease('p1', 10, { waiting: 10, returned: 24 })).toEqual({
        ...reply(4, 20),
        waitingElsewhere: 50,
        processes: 3,
      });
      expect((await lease('p2', 40, { waiting: 40 })).granted).toBe(14);
      expect((await lease('p4', 1, { waiting: 1 })).granted).toBe(1);
    });

    test('a process that asks no more is forgotten', async () => {
      const { lease } = asker({});
      await lease('p1', 20, { waiting: 20 });
      await setting().pass(3_200);
      expect(await lease('p2', 0)).toEqual(reply(0, 0));
    });

    test('large numbers stay exact', async () => {
      const { budget, lease } = asker({ capacity: 3_000_000_000 });
      await lease('p1', 2_999_999_999);
      expect(await lease('p1', 5)).toEqual(reply(1, 0));
      expect(await setting().store.spent(budget)).toBe(3_000_000_000);
    });
  });
}

function reply(granted: number, free: number): Lease {
  return { granted, free, waitingElsewhere: 0, processes: 1 };
}

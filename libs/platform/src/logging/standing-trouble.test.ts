import { expect, test } from '@jest/globals';
import { StandingTrouble } from './standing-trouble.js';

test('a trouble is told at once, now and then while it stands, and when it is over', () => {
  const trouble = new StandingTrouble(1_000);
  const told: string[] = [];
  const meet = (nowMs: number): void => {
    trouble.tell(nowMs, (standingMs) => told.push(`stands for ${standingMs}`));
  };
  const end = (nowMs: number): void => {
    trouble.end(nowMs, (stoodMs) => told.push(`stood for ${stoodMs}`));
  };

  end(0);
  expect(told).toEqual([]);
  [100, 200, 1_100, 1_101, 1_500].forEach(meet);
  end(2_000);
  end(2_100);
  meet(2_200);
  expect(told).toEqual(['stands for 0', 'stands for 1001', 'stood for 1900', 'stands for 0']);
});

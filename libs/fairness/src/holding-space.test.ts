import { expect, test } from '@jest/globals';
import { HoldingSpace, type HeldPart } from './holding-space.js';

const entryBytes = 2_048;

/** Entries that go in one after the other, of each holder in its turn, until none does any more. */
function fill(...parts: readonly HeldPart[]): number[] {
  const held = parts.map(() => 0);
  let hasGrown = true;
  while (hasGrown) {
    hasGrown = false;
    for (const [index, part] of parts.entries()) {
      if (part.hold(entryBytes)) {
        held[index]! += 1;
        hasGrown = true;
      }
    }
  }
  return held;
}

test.each([1, 2, 4, 9])(
  'of %i holders that want all each has the same, and as much is left',
  (n) => {
    const space = new HoldingSpace(90_000 * entryBytes);
    const held = fill(...Array.from({ length: n }, () => space.part()));
    const share = Math.floor(90_000 / (n + 1));
    expect(held).toEqual(Array<number>(n).fill(share));
  },
);

test('a fifth hub has its burst while four want all they can get', () => {
  const space = new HoldingSpace(1_000 * entryBytes);
  fill(space.part(), space.part(), space.part(), space.part());
  expect(fill(space.part())).toEqual([100]);
});

test('who has more than his part, since another came, gets no more until he has less', () => {
  const space = new HoldingSpace(100 * entryBytes);
  const [first, second] = [space.part(), space.part()];
  expect([fill(first), fill(second)]).toEqual([[50], [25]]);
  for (let turn = 0; turn < 17; turn++) {
    first.release(entryBytes);
    expect(fill(first)).toEqual([0]);
    fill(second);
  }
  first.release(entryBytes);
  expect(fill(first, second)).toEqual([1, 0]);
});

test('something is left whoever comes, and all comes back', () => {
  const space = new HoldingSpace(100 * entryBytes);
  const parts = Array.from({ length: 50 }, () => space.part());
  const held = parts.map((part) => fill(part)[0]!);
  expect(held.slice(0, 6)).toEqual([50, 25, 12, 6, 3, 2]);
  expect(held.reduce((sum, one) => sum + one)).toBeLessThan(100);
  for (const [index, part] of parts.entries()) {
    for (let entry = 0; entry < held[index]!; entry++) {
      part.release(entryBytes);
    }
  }
  expect(fill(space.part())).toEqual([50]);
});

import { expect, test } from '@jest/globals';
import { IdentityQuota } from './identity-quota.js';

function quotaOf(counts: Record<string, number>) {
  const state = { now: 0, counted: 0, counts };
  const quota = new IdentityQuota({
    identitiesMax: 10,
    countIdentities: (hub) => {
      state.counted += 1;
      return Promise.resolve(state.counts[hub] ?? 0);
    },
    clock: () => new Date(state.now),
  });
  return { state, quota };
}

const tooMany = expect.objectContaining({ code: 'TooManyDevices' });

test('counts once for many, with what it admitted', async () => {
  const { quota, state } = quotaOf({ hub1: 7 });
  await quota.admit('hub1', 3);
  state.counts['hub1'] = 10;
  await expect(quota.admit('hub1', 1)).rejects.toEqual(tooMany);
  expect(state.counted).toBe(2);
});

test('sees room that was made', async () => {
  const { quota, state } = quotaOf({ hub1: 10 });
  await expect(quota.admit('hub1', 1)).rejects.toEqual(tooMany);
  state.counts['hub1'] = 9;
  await quota.admit('hub1', 1);
});

test('counts again after a while, and each hub by itself', async () => {
  const { quota, state } = quotaOf({ hub1: 0, hub2: 10 });
  await quota.admit('hub1', 1);
  await expect(quota.admit('hub2', 1)).rejects.toEqual(tooMany);
  state.now = 10_000;
  state.counts['hub1'] = 10;
  await expect(quota.admit('hub1', 1)).rejects.toEqual(tooMany);
});

test('three too many at once are too many', async () => {
  const { quota } = quotaOf({ hub1: 8 });
  await expect(quota.admit('hub1', 3)).rejects.toEqual(tooMany);
  await quota.admit('hub1', 2);
});

test('many who come at once are counted together', async () => {
  const { quota, state } = quotaOf({ hub1: 0 });
  const attempts = Array.from({ length: 12 }, () => quota.admit('hub1', 1));
  // By the time of the next count, the first ten are stored.
  state.counts['hub1'] = 10;
  const outcomes = await Promise.allSettled(attempts);
  expect(outcomes.map(({ status }) => status).sort()).toEqual([
    ...Array<string>(10).fill('fulfilled'),
    ...Array<string>(2).fill('rejected'),
  ]);
  expect(state.counted).toBe(2);
});

test('a count that fails is tried again by the next', async () => {
  const failing = [() => Promise.reject(new Error('down')), () => Promise.resolve(0)];
  const quota = new IdentityQuota({
    identitiesMax: 1,
    countIdentities: () => failing.shift()!(),
    clock: () => new Date(0),
  });
  await expect(quota.admit('hub1', 1)).rejects.toThrow('down');
  await quota.admit('hub1', 1);
});

test('room that stayed unused is given back', async () => {
  const { quota, state } = quotaOf({ hub1: 7 });
  const room = await quota.reserve('hub1', 3);
  expect(room.granted).toBe(3);
  room.release(1);
  await quota.admit('hub1', 2);
  expect(state.counted).toBe(1);
});

test('grants what is left, and nothing of a full hub', async () => {
  const { quota } = quotaOf({ hub1: 8, full: 12 });
  expect((await quota.reserve('hub1', 100)).granted).toBe(2);
  expect((await quota.reserve('full', 1)).granted).toBe(0);
});

test('whoever wants no room is not counted for', async () => {
  const { quota, state } = quotaOf({});
  expect((await quota.reserve('hub1', 0)).granted).toBe(0);
  expect(state.counted).toBe(0);
});

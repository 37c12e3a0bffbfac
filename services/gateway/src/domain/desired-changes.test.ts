import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { DesiredChanges, type DesiredChange } from './desired-changes.js';

const connectedAt = new Date('2026-11-25T12:00:00Z');

function change(version: number, afterMs = 0): DesiredChange {
  const committedAt = new Date(connectedAt.getTime() + afterMs);
  return { version: BigInt(version), json: `{"$version":${version}}`, committedAt };
}

function setUp() {
  const told: number[] = [];
  const state = { isSubscribed: true, readAnswered: Promise.resolve(), fault: '' };
  const changes = new DesiredChanges({
    connectedAt,
    isSubscribed: () => state.isSubscribed,
    readAnswered: () => state.readAnswered,
    send: ({ version }) => {
      if (state.fault !== '') {
        throw new Error(state.fault);
      }
      told.push(Number(version));
    },
  });
  return { told, state, changes };
}

test('each change is told once, by rising versions', async () => {
  const { told, changes } = setUp();
  await changes.tell([change(2), change(3)]);
  await changes.tell([change(2), change(3), change(4)]);
  await Promise.all([changes.tell([change(5)]), changes.tell([change(4), change(5), change(6)])]);
  expect(told).toEqual([2, 3, 4, 5, 6]);
});

test('what was committed more than a second before the connection began is not told', async () => {
  const { told, changes } = setUp();
  await changes.tell([change(2, -1_001), change(3, -1_000), change(4)]);
  expect(told).toEqual([3, 4]);
});

test('device-mqtt 55: nobody is told who is not subscribed, then or afterwards', async () => {
  const { told, state, changes } = setUp();
  state.isSubscribed = false;
  await changes.tell([change(2)]);
  state.isSubscribed = true;
  await changes.tell([change(3)]);
  expect(told).toEqual([3]);
});

test('while a read is under way changes wait, in their order', async () => {
  const { told, state, changes } = setUp();
  let answered: () => void = () => undefined;
  state.readAnswered = new Promise((resolve) => {
    answered = resolve;
  });
  const first = changes.tell([change(2)]);
  await turn();
  state.readAnswered = Promise.resolve();
  const second = changes.tell([change(3)]);
  await turn();
  expect(told).toEqual([]);
  answered();
  await Promise.all([first, second]);
  expect(told).toEqual([2, 3]);
});

test('what could not be sent is told of, and was not told', async () => {
  const { told, state, changes } = setUp();
  state.fault = 'full';
  await expect(changes.tell([change(2)])).rejects.toThrow('full');
  state.fault = '';
  await changes.tell([change(2)]);
  expect(told).toEqual([2]);
});

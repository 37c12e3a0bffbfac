/** Calls about messages that are carried out when nobody waits for them any more. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { away, fakeQueue, gate, key, settle, setUp } from './message-deliveries.fake.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a call that is carried out when nobody waits for it any more', () => {
  test('and locks keeps nothing from the connection', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a') });
    const { closed, open } = gate();
    Object.assign(messages, { failure: away, late: closed });
    deliveries.ask();
    await settle();
    Object.assign(messages, { failure: undefined, late: undefined });
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    messages.send(key, 'b');
    open();
    await settle();
    expect(messages.left(key)).toEqual(['a 0 locked', 'b 0 locked']);
    messages.send(key, 'c');
    deliveries.ask();
    await settle();
    expect(bodies()).toEqual(['a', 'b', 'c']);
  });

  test('and gives back takes nothing from the client', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    const { deliveries, messages, bodies } = world;
    const { closed, open } = gate();
    messages.failure = away;
    deliveries.ask();
    await settle();
    messages.late = closed;
    await jest.advanceTimersByTimeAsync(200);
    Object.assign(messages, { failure: undefined, late: undefined });
    await jest.advanceTimersByTimeAsync(400);
    await settle();
    expect(messages.calls).toEqual(['lock 16', 'release', 'release', 'lock 16']);
    expect(bodies()).toEqual(['a']);
    open();
    await settle();
    world.acknowledge(0);
    await settle();
    expect(messages.left(key)).toEqual([]);
  });
});

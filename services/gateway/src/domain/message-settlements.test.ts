import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { away, fakeQueue, gate, key, numbers, settle, setUp } from './message-deliveries.fake.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('settlements', () => {
  test('of one turn go together, and those of a call that is under way with the next', async () => {
    const world = setUp({ messages: fakeQueue(...numbers(6)) });
    const { deliveries, messages, settled } = world;
    deliveries.ask();
    await settle();
    const { closed, open } = gate();
    messages.gate = closed;
    world.acknowledge(1);
    world.acknowledge(0, 'reject');
    await settle();
    world.acknowledge(2);
    await settle();
    world.acknowledge(5, 'abandon');
    await settle();
    expect(messages.calls.slice(1)).toEqual(['settle complete reject']);
    open();
    await settle();
    expect(messages.calls.slice(1, 3)).toEqual([
      'settle complete reject',
      'settle complete abandon',
    ]);
    expect(settled).toEqual(['complete', 'reject', 'complete', 'abandon']);
    expect(messages.left(key)).toEqual(['3 0 locked', '4 0 locked', '5 1 locked']);
  });

  test('of what the client does not have change nothing', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    world.deliveries.ask();
    await settle();
    world.deliveries.settle(Buffer.alloc(16), 'complete');
    world.acknowledge(0);
    world.acknowledge(0);
    await settle();
    expect(world.settled).toEqual(['complete']);
  });

  test('are tried again a few times', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    world.deliveries.ask();
    await settle();
    world.messages.failure = away;
    world.acknowledge(0);
    await settle();
    world.messages.failure = undefined;
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(world.settled).toEqual(['complete']);
    expect(world.messages.left(key)).toEqual([]);
  });

  test('of which the answer alone was lost count', async () => {
    const world = setUp({ messages: fakeQueue('a', 'b') });
    const { deliveries, messages } = world;
    deliveries.ask();
    await settle();
    Object.assign(messages, { failure: away, losesAnswers: true });
    world.acknowledge(0);
    await settle();
    messages.failure = undefined;
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(messages.left(key)).toEqual(['b 0 locked']);
    expect(world.settled).toEqual(['complete']);
  });

  test('of a lock that was lost count as none, and what waits again is asked for', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    const { deliveries, messages } = world;
    deliveries.ask();
    await settle();
    jest.spyOn(messages, 'settle').mockResolvedValueOnce([false]);
    world.acknowledge(0);
    await settle();
    expect(world.settled).toEqual([]);
    expect(world.bodies()).toEqual(['a', 'a']);
    world.acknowledge(1);
    await settle();
    expect(messages.left(key)).toEqual([]);
  });

  test('that give a message back, and are answered late, have it asked for once more', async () => {
    const { deliveries, messages, bodies, state } = setUp({ messages: fakeQueue('a') });
    const { closed, open } = gate();
    const settleNow = messages.settle.bind(messages);
    jest.spyOn(messages, 'settle').mockImplementationOnce(async (...call) => {
      await closed;
      return settleNow(...call);
    });
    state.faultyBody = 'a';
    deliveries.ask();
    await settle();
    state.faultyBody = undefined;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(messages.calls).toEqual(['lock 16', 'release but 1', 'lock 15']);
    open();
    await settle();
    expect(bodies()).toEqual(['a']);
    expect(messages.left(key)).toEqual(['a 1 locked']);
  });

  test('that cannot be made are tried until the connection ends: the message comes on the next one', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    const { deliveries, messages } = world;
    deliveries.ask();
    await settle();
    messages.failure = away;
    world.acknowledge(0);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(world.state.failures).toBeGreaterThan(8);
    await deliveries.end();
    messages.failure = undefined;
    const next = setUp({ messages, sequence: '2' });
    next.deliveries.ask();
    await settle();
    expect(next.bodies()).toEqual(['a']);
  });

  test('complete at once what the client has and will not settle', async () => {
    const { deliveries, messages, state, settled } = setUp({ messages: fakeQueue('a', 'b') });
    state.delivery = 'completed';
    deliveries.ask();
    await settle();
    expect(settled).toEqual(['complete', 'complete']);
    expect(messages.left(key)).toEqual([]);
  });

  test('reject what the client can never have', async () => {
    const { deliveries, messages, state, settled } = setUp({ messages: fakeQueue('a') });
    state.delivery = 'undeliverable';
    deliveries.ask();
    await settle();
    expect(settled).toEqual(['reject']);
    expect(messages.left(key)).toEqual([]);
  });
});

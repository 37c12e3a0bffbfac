import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { away, fakeQueue, gate, key, numbers, settle, setUp } from './message-deliveries.fake.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('asking', () => {
  test('delivers what waits, in order, and asks no more', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a', 'b', 'c') });
    deliveries.ask();
    await settle();
    expect(bodies()).toEqual(['a', 'b', 'c']);
    expect(messages.calls).toEqual(['lock 16']);
  });

  test('goes on as long as more wait, up to the window', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue(...numbers(20)) });
    messages.answerMax = 10;
    deliveries.ask();
    await settle();
    expect(bodies()).toEqual(numbers(16));
    expect(messages.calls).toEqual(['lock 16', 'lock 6']);
  });

  test('goes on when settlements make room', async () => {
    const world = setUp({ messages: fakeQueue(...numbers(18)) });
    world.deliveries.ask();
    await settle();
    world.acknowledge(0);
    world.acknowledge(1);
    await settle();
    expect(world.bodies()).toEqual(numbers(18));
    expect(world.messages.calls).toEqual(['lock 16', 'settle complete complete', 'lock 2']);
    world.acknowledge(2);
    await settle();
    expect(world.messages.calls).toHaveLength(4);
  });

  test('is not done twice at once, and a hint that comes meanwhile is not lost', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a') });
    const { closed, open } = gate();
    messages.gate = closed;
    deliveries.ask();
    await settle();
    deliveries.ask();
    deliveries.ask();
    await settle();
    expect(messages.calls).toEqual(['lock 16']);
    open();
    await settle();
    expect(messages.calls).toEqual(['lock 16', 'lock 15']);
    expect(bodies()).toEqual(['a']);
  });

  test('gives the client no more than one call can name, whatever it takes', async () => {
    const world = setUp({ messages: fakeQueue(...numbers(60)), window: 1_000 });
    world.deliveries.ask();
    await settle();
    expect(world.messages.calls).toEqual(['lock 50']);
    world.acknowledge(0);
    world.acknowledge(1);
    await settle();
    expect(world.messages.calls.slice(1)).toEqual(['settle complete complete', 'lock 2']);
  });

  test('goes on after a pause when somebody else has what comes next', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a') });
    jest.spyOn(messages, 'lock').mockResolvedValueOnce({ messages: [], moreWait: true });
    deliveries.ask();
    await settle();
    expect(bodies()).toEqual([]);
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(bodies()).toEqual(['a']);
  });

  test('waits for room', async () => {
    const { deliveries, messages, state } = setUp({ messages: fakeQueue('a'), window: 0 });
    deliveries.ask();
    await settle();
    expect(messages.calls).toEqual([]);
    state.window = 3;
    deliveries.ask();
    await settle();
    expect(messages.calls).toEqual(['lock 3']);
  });

  test('tells once when the subscription began, and again when that was not answered', async () => {
    const { deliveries, messages } = setUp();
    messages.failure = away;
    const begunMs = performance.now();
    deliveries.ask(true);
    await settle();
    messages.failure = undefined;
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    deliveries.ask();
    await settle();
    expect(messages.calls).toEqual(['lock 16 begins', 'release', 'lock 16 begins', 'lock 16']);
    expect(messages.subscriptionsMs).toEqual([begunMs, begunMs, undefined]);
  });
});

describe('a queue that does not answer', () => {
  test('is asked again with growing pauses until it does', async () => {
    const { deliveries, messages, bodies, state } = setUp({ messages: fakeQueue('a') });
    messages.failure = away;
    deliveries.ask();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(state.failures).toBeGreaterThan(3);
    expect(state.failures).toBeLessThan(8);
    messages.failure = undefined;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(bodies()).toEqual(['a']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('may have locked what it did not answer: that is given back, and comes', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a', 'b') });
    Object.assign(messages, { failure: away, losesAnswers: true });
    deliveries.ask();
    await settle();
    expect(messages.left(key)).toEqual(['a 0 locked', 'b 0 locked']);
    messages.failure = undefined;
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(messages.calls).toEqual(['lock 16', 'release', 'lock 16']);
    expect(bodies()).toEqual(['a', 'b']);
  });

  test('does not keep a client from more that has something unsettled', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a') });
    deliveries.ask();
    await settle();
    messages.failure = away;
    messages.send(key, 'b');
    deliveries.ask();
    await settle();
    messages.failure = undefined;
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(bodies()).toEqual(['a', 'b']);
    expect(messages.calls).toEqual(['lock 16', 'lock 15', 'release but 1', 'lock 15']);
  });

  test('is asked no more once the connection has ended', async () => {
    const { deliveries, messages } = setUp();
    messages.failure = away;
    deliveries.ask();
    await settle();
    await deliveries.end();
    deliveries.ask();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(messages.calls).toEqual(['lock 16', 'release']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('what the client was not sent', () => {
  test('when it takes no more is given back uncounted, and comes again in order', async () => {
    const world = setUp({ messages: fakeQueue('a', 'b', 'c') });
    const { deliveries, messages, state } = world;
    deliveries.ask();
    await settle();
    messages.send(key, 'd');
    messages.send(key, 'e');
    state.delivery = 'refused';
    deliveries.ask();
    await settle();
    world.acknowledge(1);
    await settle();
    state.delivery = 'sent';
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(messages.calls.slice(-2)).toEqual(['release but 2', 'lock 14']);
    expect(world.bodies()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(messages.left(key)).toEqual(['a 0 locked', 'c 0 locked', 'd 0 locked', 'e 0 locked']);
  });

  test('is given back beside a settlement that is not answered yet', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    const { deliveries, messages, state } = world;
    deliveries.ask();
    await settle();
    const settling = jest.spyOn(messages, 'settle').mockRejectedValue(away);
    world.acknowledge(0);
    messages.send(key, 'b');
    state.delivery = 'refused';
    deliveries.ask();
    await settle();
    state.delivery = 'sent';
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    expect(messages.calls.slice(-2)).toEqual(['release but 1', 'lock 15']);
    settling.mockRestore();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(world.settled).toEqual(['complete']);
    expect(world.bodies()).toEqual(['a', 'b']);
  });

  test('is tried again with growing pauses', async () => {
    const { deliveries, messages, state, bodies } = setUp({ messages: fakeQueue('a') });
    state.delivery = 'refused';
    deliveries.ask();
    await jest.advanceTimersByTimeAsync(3_000);
    const locks = messages.calls.filter((call) => call.startsWith('lock')).length;
    expect(locks).toBeGreaterThan(3);
    expect(locks).toBeLessThan(8);
    state.delivery = 'sent';
    await jest.advanceTimersByTimeAsync(10_000);
    expect(bodies()).toEqual(['a']);
    expect(messages.left(key)).toEqual(['a 0 locked']);
  });

  test('since it has unsubscribed meanwhile waits', async () => {
    const { deliveries, messages, state, bodies } = setUp({ messages: fakeQueue('a') });
    const { closed, open } = gate();
    messages.gate = closed;
    deliveries.ask();
    await settle();
    state.window = 0;
    open();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(bodies()).toEqual([]);
    expect(messages.calls).toEqual(['lock 16', 'release']);
    expect(messages.left(key)).toEqual(['a 0']);
  });

  test('device-mqtt 45: since it has expired is left to the service', async () => {
    const messages = fakeQueue();
    messages.send(key, 'old', { expiresAt: new Date(Date.now()) });
    messages.send(key, 'new', { expiresAt: new Date(Date.now() + 1) });
    const { deliveries, bodies } = setUp({ messages });
    deliveries.ask();
    await settle();
    expect(bodies()).toEqual(['new']);
    await deliveries.end();
    expect(messages.left(key)).toEqual(['old 0', 'new 1']);
  });

  test('for a fault of ours was delivered in vain, and comes again behind a pause', async () => {
    const { deliveries, messages, bodies, state } = setUp({ messages: fakeQueue('a', 'b') });
    state.faultyBody = 'a';
    deliveries.ask();
    await settle();
    expect(messages.calls).toEqual(['lock 16', 'settle abandon']);
    expect(state.failures).toBe(1);
    await jest.advanceTimersByTimeAsync(200);
    await settle();
    state.faultyBody = undefined;
    await jest.advanceTimersByTimeAsync(1_000);
    await settle();
    expect(bodies()).toEqual(['a', 'b']);
    expect(messages.left(key)).toEqual(['a 2 locked', 'b 0 locked']);
  });
});

describe('at its end', () => {
  test('device-mqtt 44: what is not settled waits again, first, and counts', async () => {
    const world = setUp({ messages: fakeQueue('a', 'b', 'c') });
    const { deliveries, messages } = world;
    deliveries.ask();
    await settle();
    world.acknowledge(1);
    await deliveries.end();
    messages.send(key, 'd');
    expect(messages.calls).toEqual(['lock 16', 'settle complete', 'release counts 2']);
    expect(messages.left(key)).toEqual(['a 1', 'c 1', 'd 0']);
  });

  test('nothing counts where the protocol says so', async () => {
    const { deliveries, messages } = setUp({ messages: fakeQueue('a'), countsAtEnd: false });
    deliveries.ask();
    await settle();
    await deliveries.end();
    expect(messages.left(key)).toEqual(['a 0']);
  });

  test('who has nothing costs nothing', async () => {
    const world = setUp({ messages: fakeQueue('a') });
    world.deliveries.ask();
    await settle();
    world.acknowledge(0);
    await settle();
    await world.deliveries.end();
    expect(world.messages.calls).toEqual(['lock 16', 'settle complete']);
  });

  test('what was locked behind it was not delivered, and does not count', async () => {
    const { deliveries, messages, bodies } = setUp({ messages: fakeQueue('a') });
    const { closed, open } = gate();
    messages.gate = closed;
    deliveries.ask();
    await settle();
    const ended = deliveries.end();
    open();
    await ended;
    expect(bodies()).toEqual([]);
    expect(messages.calls).toEqual(['lock 16', 'release']);
    expect(messages.left(key)).toEqual(['a 0']);
  });

  test('only what was sent counts, of what is locked', async () => {
    const { deliveries, messages } = setUp({ messages: fakeQueue('a') });
    deliveries.ask();
    await settle();
    messages.send(key, 'b');
    const { closed, open } = gate();
    messages.gate = closed;
    deliveries.ask();
    await settle();
    const ended = deliveries.end();
    open();
    await ended;
    expect(messages.calls).toEqual(['lock 16', 'lock 15', 'release counts 1']);
    expect(messages.left(key)).toEqual(['a 1', 'b 0']);
  });

  test('settlements that wait for their next attempt are given up', async () => {
    const world = setUp({ messages: fakeQueue('a', 'b') });
    const { deliveries, messages } = world;
    deliveries.ask();
    await settle();
    messages.failure = away;
    world.acknowledge(0);
    await settle();
    await deliveries.end();
    expect(messages.calls).toEqual([
      'lock 16',
      'settle complete',
      'settle complete',
      'release counts 1',
    ]);
    messages.failure = undefined;
    const next = setUp({ messages, sequence: '2' });
    next.deliveries.ask();
    await settle();
    expect(next.bodies()).toEqual(['a', 'b']);
  });

  test('what the client settled counts as no delivery, though nobody could be told', async () => {
    const world = setUp({ messages: fakeQueue('a', 'b') });
    const { deliveries, messages } = world;
    deliveries.ask();
    await settle();
    jest.spyOn(messages, 'settle').mockRejectedValue(away);
    world.acknowledge(0);
    await deliveries.end();
    expect(messages.left(key)).toEqual(['a 0', 'b 1']);
  });

  test('what a call locked that comes behind all others does not count', async () => {
    const { deliveries, messages } = setUp({ messages: fakeQueue('a') });
    deliveries.ask();
    await settle();
    const { closed, open } = gate();
    Object.assign(messages, { failure: away, late: closed });
    messages.send(key, 'b');
    deliveries.ask();
    await settle();
    Object.assign(messages, { failure: undefined, late: undefined });
    const { closed: releasing, open: release } = gate();
    messages.gate = releasing;
    const ended = deliveries.end();
    await settle();
    open();
    await settle();
    expect(messages.left(key)).toEqual(['a 0 locked', 'b 0 locked']);
    release();
    await ended;
    expect(messages.left(key)).toEqual(['a 1', 'b 0']);
  });

  test('it has one end', async () => {
    const { deliveries, messages } = setUp({ messages: fakeQueue('a') });
    deliveries.ask();
    await settle();
    await Promise.all([deliveries.end(), deliveries.end()]);
    await deliveries.end();
    expect(messages.calls).toEqual(['lock 16', 'release counts 1']);
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ConnectionEventRelay, type ConnectionStateEvent } from './relay-connection-events.js';

function eventOf(number: number): ConnectionStateEvent {
  return {
    hub: 'h',
    identity: { deviceId: 'd1' },
    generationId: '638900000000000001',
    type: 'deviceConnected',
    cause: 'connect',
    modelId: undefined,
    occurredAt: new Date(0),
    sequenceNumber: String(number),
  };
}

class FakeQueue {
  readonly waiting: { id: string; event: ConnectionStateEvent }[] = [];
  isHeldByOther = false;
  acquired = 0;
  #last = 0;

  add(count: number): void {
    for (let index = 0; index < count; index++) {
      this.#last += 1;
      this.waiting.push({ id: String(this.#last), event: eventOf(this.#last) });
    }
  }

  acquire(): Promise<boolean> {
    this.acquired += 1;
    return Promise.resolve(!this.isHeldByOther);
  }

  read() {
    return Promise.resolve(this.waiting.slice(0, 3));
  }

  remove(ids: readonly string[]): Promise<void> {
    this.waiting.splice(0, ids.length);
    return Promise.resolve();
  }

  release(): Promise<void> {
    this.isHeldByOther = true;
    return Promise.resolve();
  }
}

function setUp() {
  const queue = new FakeQueue();
  const stored: string[] = [];
  const failures: unknown[] = [];
  const log = {
    store: (events: readonly ConnectionStateEvent[]): Promise<void> => {
      stored.push(...events.map(({ sequenceNumber }) => sequenceNumber));
      return Promise.resolve();
    },
  };
  const onSuccess = jest.fn();
  const relay = new ConnectionEventRelay(queue, log, (error) => failures.push(error), onSuccess);
  const pass = async (ms: number): Promise<void> => {
    jest.advanceTimersByTime(ms);
    for (let index = 0; index < 5; index++) {
      await turn();
    }
  };
  return { queue, log, stored, failures, onSuccess, relay, pass };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

test('events are stored in order and removed, batch after batch without a pause', async () => {
  const { queue, stored, relay, pass } = setUp();
  queue.add(7);
  await pass(0);
  await pass(0);
  await pass(0);
  expect(stored).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  expect(queue.waiting).toEqual([]);
  queue.add(1);
  await pass(0);
  await pass(200);
  expect(stored).toHaveLength(8);
  await relay.stop();
});

test('what was not stored stays, and comes again', async () => {
  const { queue, log, stored, failures, onSuccess, relay, pass } = setUp();
  const store = log.store;
  log.store = () => Promise.reject(new Error('away'));
  queue.add(2);
  await pass(0);
  expect([stored, failures.length, queue.waiting.length]).toEqual([[], 1, 2]);
  expect(onSuccess).not.toHaveBeenCalled();
  log.store = store;
  await pass(1_000);
  expect(stored).toEqual(['1', '2']);
  expect(onSuccess).toHaveBeenCalled();
  await relay.stop();
});

test('what was stored and not removed comes again: at least once', async () => {
  const { queue, stored, relay, pass } = setUp();
  const remove = queue.remove.bind(queue);
  queue.remove = () => Promise.reject(new Error('away'));
  queue.add(1);
  await pass(0);
  queue.remove = remove;
  await pass(1_000);
  expect(stored).toEqual(['1', '1']);
  await relay.stop();
});

test('while another relays, it stands by', async () => {
  const { queue, stored, relay, pass } = setUp();
  queue.isHeldByOther = true;
  queue.add(1);
  await pass(0);
  await pass(1_999);
  expect([queue.acquired, stored]).toEqual([1, []]);
  queue.isHeldByOther = false;
  await pass(1);
  expect(stored).toEqual(['1']);
  await relay.stop();
});

test('a stop waits for the round that runs, starts no other, and lets another begin', async () => {
  const { queue, log, relay, pass } = setUp();
  let store: () => void = () => undefined;
  log.store = () => new Promise((resolve) => (store = resolve));
  queue.add(4);
  await pass(0);
  let isStopped = false;
  const stopped = relay.stop().then(() => (isStopped = true));
  await pass(10_000);
  expect(isStopped).toBe(false);
  store();
  await stopped;
  const { acquired } = queue;
  await pass(10_000);
  expect([queue.waiting.length, queue.acquired, queue.isHeldByOther]).toEqual([1, acquired, true]);
});

test('its turn is kept for as long as the log does not answer', async () => {
  const { queue, log, relay, pass } = setUp();
  let answer: () => void = () => undefined;
  log.store = () => new Promise((resolve) => (answer = resolve));
  queue.add(1);
  await pass(0);
  const before = queue.acquired;
  await pass(3_000);
  await pass(3_000);
  expect(queue.acquired).toBe(before + 2);
  answer();
  await pass(0);
  expect(queue.waiting).toEqual([]);
  await relay.stop();
});

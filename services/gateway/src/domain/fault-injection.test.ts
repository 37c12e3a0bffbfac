import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toMessageProperties } from '@linchpin/wire';
import { FakeConnection } from './device-connection.fake.js';
import { ConnectDropped, FaultInjector, type Fault, type FaultStore } from './fault-injection.js';

class FakeFaultStore implements FaultStore {
  readonly kept = new Map<string, { fault: Fault; durationMs: number }>();
  isAway = false;

  set(key: string, fault: Fault, durationMs: number): Promise<void> {
    this.kept.set(key, { fault, durationMs });
    return this.isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  }

  find(key: string): Promise<Fault | undefined> {
    return Promise.resolve(this.kept.get(key)?.fault);
  }
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

function setUp() {
  const store = new FakeFaultStore();
  const injector = new FaultInjector(store);
  const connection = new FakeConnection('c1');
  const inspect = (properties: Record<string, string | null>): void => {
    const named = Object.entries(properties).map(
      ([name, value]) => [`AzIoTHub_FaultOperation${name}`, value] as const,
    );
    injector.inspect(toMessageProperties(new Map(named)), 'h/d1', connection);
  };
  const after = async (ms: number): Promise<void> => {
    jest.advanceTimersByTime(ms);
    await turn();
  };
  return { store, injector, connection, inspect, after };
}

test.each<[string, Fault]>([
  ['KillTcp', 'drop-connects'],
  ['ShutDownMqtt', 'drop-connects'],
  ['InvokeAuthError', 'refuse-connects'],
  ['InvokeThrottling', 'refuse-messages'],
  ['InvokeMaxMessageQuota', 'refuse-messages'],
])('%s ends the connection after its delay, and means %s for its duration', async (type, fault) => {
  const { store, connection, inspect, after } = setUp();
  inspect({ Type: type, DelayInSecs: '2', DurationInSecs: '7.5' });
  await after(1_999);
  expect(connection.isEnded).toBe(false);
  await after(1);
  expect(connection.cause).toBe('connection-lost');
  expect([...store.kept]).toEqual([['h/d1', { fault, durationMs: 7_500 }]]);
});

describe('what a message says is bounded', () => {
  test.each([
    ['no numbers', { DelayInSecs: 'x', DurationInSecs: null }, 0, []],
    ['negative ones', { DelayInSecs: '-5', DurationInSecs: '-1' }, 0, []],
    ['large ones', { DelayInSecs: '1e9', DurationInSecs: '1e9' }, 300_000, [300_000]],
  ])('%s', async (_, numbers, delayMs, durations) => {
    const { store, connection, inspect, after } = setUp();
    inspect({ Type: 'KillTcp', ...numbers });
    await after(delayMs);
    expect(connection.isEnded).toBe(true);
    expect([...store.kept.values()].map(({ durationMs }) => durationMs)).toEqual(durations);
  });

  test('an unknown type, or none, does nothing', async () => {
    const { connection, inspect, after } = setUp();
    inspect({ Type: 'KillAmqpSession', DelayInSecs: '0' });
    inspect({ DelayInSecs: '0' });
    await after(400_000);
    expect(connection.isEnded).toBe(false);
  });
});

test('a store that does not answer ends the connection all the same', async () => {
  const { store, connection, inspect, after } = setUp();
  store.isAway = true;
  inspect({ Type: 'KillTcp', DurationInSecs: '5' });
  await after(0);
  await turn();
  expect(connection.isEnded).toBe(true);
});

test('whoever comes while a fault lasts meets it', async () => {
  const { store, injector } = setUp();
  expect(await injector.admit('h/d1')).toBe(false);
  store.kept.set('h/d1', { fault: 'refuse-messages', durationMs: 1 });
  expect(await injector.admit('h/d1')).toBe(true);
  store.kept.set('h/d1', { fault: 'drop-connects', durationMs: 1 });
  await expect(injector.admit('h/d1')).rejects.toThrow(ConnectDropped);
  store.kept.set('h/d1', { fault: 'refuse-connects', durationMs: 1 });
  await expect(injector.admit('h/d1')).rejects.toMatchObject({
    code: 'ConnectionRejectedOnFaultInjection',
  });
});

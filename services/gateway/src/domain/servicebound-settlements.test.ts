import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { fakeServiceboundMessage, FakeServiceboundQueue } from './servicebound-queue.fake.js';
import type { ServiceboundMessage } from './servicebound-queue.js';
import { ServiceboundSettlements, type ServiceboundSettled } from './servicebound-settlements.js';

const hub = { hub: 'h', hubGeneration: '7' };
const away = new HubError('ServiceUnavailable', 'away');

let queue: FakeServiceboundQueue<ServiceboundMessage>;
let failures: unknown[];
let answers: number;
let settlements: ServiceboundSettlements;

beforeEach(async () => {
  jest.useFakeTimers();
  queue = new FakeServiceboundQueue();
  failures = [];
  answers = 0;
  settlements = new ServiceboundSettlements({
    queue,
    hub,
    onFailed: (error) => void failures.push(error),
    onAnswered: () => void (answers += 1),
  });
  queue.put(fakeServiceboundMessage(1));
  await queue.receive();
});

afterEach(() => {
  jest.useRealTimers();
});

function complete(): Promise<ServiceboundSettled> {
  return settlements.settle(Buffer.alloc(16, 1), 'complete');
}

test('what is answered counts', async () => {
  expect(await complete()).toBe('counts');
  expect([queue.settled, failures, answers]).toEqual([['1 complete'], [], 1]);
});

test('what comes after its lock does not count, and is not tried again', async () => {
  queue.loseLocks();
  expect(await complete()).toBe('lock-lost');
  expect([failures, answers]).toEqual([[], 1]);
});

test('what fails is tried until it is answered', async () => {
  queue.failure = away;
  const settled = complete();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(failures.length).toBeGreaterThan(8);
  queue.failure = undefined;
  await jest.advanceTimersByTimeAsync(10_000);
  expect(await settled).toBe('counts');
  expect(queue.settled).toEqual(['1 complete']);
});

test('what was carried out and not answered counts', async () => {
  Object.assign(queue, { failure: away, losesAnswers: true });
  const settled = complete();
  await jest.advanceTimersByTimeAsync(0);
  queue.failure = undefined;
  await jest.advanceTimersByTimeAsync(200);
  expect(await settled).toBe('counts');
  expect([queue.settled, failures, answers]).toEqual([['1 complete'], [away], 1]);
});

test('what fails when the link has ended is given up', async () => {
  queue.failure = away;
  const settled = complete();
  await jest.advanceTimersByTimeAsync(0);
  settlements.end();
  expect(await settled).toBe('given-up');
  expect(failures).toEqual([away, away]);
  expect(await complete()).toBe('given-up');
  expect(jest.getTimerCount()).toBe(0);
});

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { FakeFeedback } from './feedback.fake.js';
import { FeedbackSettlements, type FeedbackSettled } from './feedback-settlements.js';

const hub = { hub: 'h', hubGeneration: '7' };
const away = new HubError('ServiceUnavailable', 'away');

let feedback: FakeFeedback;
let failures: unknown[];
let answers: number;
let settlements: FeedbackSettlements;

beforeEach(async () => {
  jest.useFakeTimers();
  feedback = new FakeFeedback();
  failures = [];
  answers = 0;
  settlements = new FeedbackSettlements({
    feedback,
    hub,
    onFailed: (error) => void failures.push(error),
    onAnswered: () => void (answers += 1),
  });
  feedback.put(1);
  await feedback.receive();
});

afterEach(() => {
  jest.useRealTimers();
});

function complete(): Promise<FeedbackSettled> {
  return settlements.settle(Buffer.alloc(16, 1), 'complete');
}

test('what is answered counts', async () => {
  expect(await complete()).toBe('counts');
  expect([feedback.settled, failures, answers]).toEqual([['1 complete'], [], 1]);
});

test('what comes after its lock does not count, and is not tried again', async () => {
  feedback.loseLocks();
  expect(await complete()).toBe('lock-lost');
  expect([failures, answers]).toEqual([[], 1]);
});

test('what fails is tried until it is answered', async () => {
  feedback.failure = away;
  const settled = complete();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(failures.length).toBeGreaterThan(8);
  feedback.failure = undefined;
  await jest.advanceTimersByTimeAsync(10_000);
  expect(await settled).toBe('counts');
  expect(feedback.settled).toEqual(['1 complete']);
});

test('what was carried out and not answered counts', async () => {
  Object.assign(feedback, { failure: away, losesAnswers: true });
  const settled = complete();
  await jest.advanceTimersByTimeAsync(0);
  feedback.failure = undefined;
  await jest.advanceTimersByTimeAsync(200);
  expect(await settled).toBe('counts');
  expect([feedback.settled, failures, answers]).toEqual([['1 complete'], [away], 1]);
});

test('what fails when the link has ended is given up', async () => {
  feedback.failure = away;
  const settled = complete();
  await jest.advanceTimersByTimeAsync(0);
  settlements.end();
  expect(await settled).toBe('given-up');
  expect(failures).toEqual([away, away]);
  expect(await complete()).toBe('given-up');
  expect(jest.getTimerCount()).toBe(0);
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Receipt } from '../domain/telemetry-log.js';
import { PubackQueue } from './puback-queue.js';

function setUp() {
  const failures: string[] = [];
  const acknowledged: number[] = [];
  const queue = new PubackQueue(
    () => acknowledged.push(...queue.takeReady()),
    ({ message }) => failures.push(message),
  );
  return { queue, failures, acknowledged };
}

describe('PUBACKs', () => {
  test('leave in the order of the publishes, whatever is settled first', () => {
    const { queue, acknowledged } = setUp();
    const [first, second, third] = [queue.add(1), queue.add(2), queue.add(3)];
    third.settle(undefined);
    second.settle(undefined);
    expect(acknowledged).toEqual([]);
    first.settle(undefined);
    expect(acknowledged).toEqual([1, 2, 3]);
  });

  test('are not sent for QoS 0, which still keeps its place', () => {
    const { queue, acknowledged } = setUp();
    const [first, second] = [queue.add(undefined), queue.add(2)];
    second.settle(undefined);
    expect([acknowledged, queue.pending]).toEqual([[], 2]);
    first.settle(undefined);
    expect([acknowledged, queue.pending]).toEqual([[2], 0]);
  });

  test('are given once', () => {
    const queue = new PubackQueue(
      () => undefined,
      () => undefined,
    );
    queue.add(1).settle(undefined);
    expect([queue.takeReady(), queue.takeReady()]).toEqual([[1], []]);
  });
});

describe('idle', () => {
  test('is at once when nothing waits', async () => {
    await setUp().queue.idle();
  });

  test('comes when the last one is done, and for all who wait', async () => {
    const { queue } = setUp();
    const [first, second] = [queue.add(1), queue.add(undefined)];
    let idle = 0;
    const waits = [queue.idle(), queue.idle()].map((wait) => wait.then(() => (idle += 1)));
    first.settle(undefined);
    await Promise.resolve();
    expect(idle).toBe(0);
    second.settle(undefined);
    await Promise.all(waits);
    expect(idle).toBe(2);
  });

  test('comes as well when something was never stored', async () => {
    const { queue } = setUp();
    const receipts = [queue.add(1), queue.add(2)];
    receipts[0]!.settle(new Error('lost'));
    receipts[1]!.settle(undefined);
    await queue.idle();
  });
});

test('what fails is told once, and nothing behind it is acknowledged', () => {
  const { queue, failures, acknowledged } = setUp();
  const receipts = [1, 2, 3, 4].map((id) => queue.add(id));
  receipts[0]!.settle(undefined);
  receipts[1]!.settle(new Error('first'));
  receipts[2]!.settle(new Error('second'));
  receipts[3]!.settle(undefined);
  expect([failures, acknowledged, queue.pending]).toEqual([['first'], [1], 0]);
});

test('what stands before one that failed is acknowledged when it is stored', () => {
  const { queue, failures, acknowledged } = setUp();
  const receipts = [1, 2, 3, 4].map((id) => queue.add(id));
  receipts[2]!.settle(new Error('refused'));
  expect([failures, acknowledged]).toEqual([['refused'], []]);
  receipts[3]!.settle(undefined);
  receipts[1]!.settle(undefined);
  receipts[0]!.settle(undefined);
  expect([acknowledged, queue.pending]).toEqual([[1, 2], 0]);
});

test('whoever hears of the failure may add to the queue', async () => {
  const queue: PubackQueue = new PubackQueue(
    () => undefined,
    () => {
      queue.add(undefined).settle(undefined);
    },
  );
  queue.add(1).settle(new Error('lost'));
  await queue.idle();
  expect(queue.pending).toBe(0);
});

/** What each step does: add a publish, or settle one that is open, counted from the oldest. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), qos: fc.constantFrom(0, 1) }),
    fc.record({ do: fc.constant('settle' as const), place: fc.nat() }),
  ),
  { maxLength: 200 },
);

test('it does what a simple model does', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const { queue, acknowledged } = setUp();
      const model: { id: number; qos: number; isDone: boolean }[] = [];
      const open: { receipt: Receipt; entry: { isDone: boolean } }[] = [];
      for (const step of plan) {
        if (step.do === 'add') {
          const entry = { id: model.length + 1, qos: step.qos, isDone: false };
          model.push(entry);
          open.push({ receipt: queue.add(step.qos === 1 ? entry.id : undefined), entry });
        } else if (open.length > 0) {
          const [next] = open.splice(step.place % open.length, 1);
          next!.entry.isDone = true;
          next!.receipt.settle(undefined);
        }
        const undone = model.findIndex(({ isDone }) => !isDone);
        const done = undone < 0 ? model : model.slice(0, undone);
        expect(acknowledged).toEqual(done.filter(({ qos }) => qos === 1).map(({ id }) => id));
        expect(queue.pending).toBe(model.length - done.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('a queue that never runs empty does not grow', () => {
  const { queue, acknowledged } = setUp();
  const window: Receipt[] = [];
  for (let id = 1; id <= 50_000; id++) {
    window.push(queue.add(id));
    if (window.length > 10) {
      window.shift()!.settle(undefined);
    }
  }
  expect([queue.pending, acknowledged.length]).toEqual([10, 49_990]);
});

import { beforeEach, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { ServiceboundFeeds, type ServiceboundReceiver } from './servicebound-feed.js';
import { fakeServiceboundMessage, FakeServiceboundQueue } from './servicebound-queue.fake.js';
import type { ServiceboundMessage } from './servicebound-queue.js';

const hub = { hub: 'h', hubGeneration: '7' };

let queue: FakeServiceboundQueue<ServiceboundMessage>;
/** What is waited for, with how its end comes. */
let pauses: { readonly ms: number; readonly over: () => void }[];
let failures: unknown[];
let nowMs: number;
let feeds: ServiceboundFeeds<ServiceboundMessage>;

beforeEach(() => {
  queue = new FakeServiceboundQueue();
  pauses = [];
  failures = [];
  nowMs = 0;
  feeds = new ServiceboundFeeds({
    queue,
    idlePauseMs: 5_000,
    onFailed: (error) => failures.push(error),
    onAnswered: () => undefined,
    nowMs: () => nowMs,
    pause: (ms, signal) =>
      new Promise((resolve) => {
        pauses.push({ ms, over: resolve });
        if (signal?.aborted === true || ms === 0) {
          resolve();
        }
        signal?.addEventListener('abort', () => {
          resolve();
        });
      }),
  });
});

class Receiver implements ServiceboundReceiver<ServiceboundMessage> {
  readonly got: bigint[] = [];
  none = 0;

  constructor(public credit: number) {}

  room(): number {
    return this.credit;
  }

  deliver({ sequenceNumber }: ServiceboundMessage): void {
    this.credit -= 1;
    this.got.push(sequenceNumber);
  }

  onNone(): void {
    this.none += 1;
  }
}

function joined(credit: number): Receiver {
  const receiver = new Receiver(credit);
  feeds.join(hub, receiver);
  return receiver;
}

/** All that can happen by itself has happened. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

test('all that is due comes at once, to receivers in turn and within their room', async () => {
  const [one, other] = [joined(2), joined(5)];
  [1, 2, 3, 4, 5].forEach((number) => {
    queue.put(fakeServiceboundMessage(number));
  });
  feeds.ask(hub);
  await settled();
  expect([one.got, other.got]).toEqual([
    [1n, 3n],
    [2n, 4n, 5n],
  ]);
  expect([one.none, other.none]).toEqual([1, 1]);
});

test('nobody looks while nobody has room, nor twice at once', async () => {
  joined(0);
  feeds.ask(hub);
  expect(queue.looks).toBe(0);
  joined(1);
  feeds.ask(hub);
  feeds.ask(hub);
  expect(queue.looks).toBe(1);
  await settled();
});

test.each([
  ['with nothing waiting after five seconds', undefined, [250, 4_750]],
  ['when the first is due', 2_000, [250, 1_750]],
  ['after a few seconds, when that is long', 60_000, [250, 4_750]],
  ['after the shortest pause when it is due by now', 0, [250, 0]],
])('looks again %s', async (_, nextDueMs, expected) => {
  joined(1);
  queue.nextDueMs = nextDueMs;
  feeds.ask(hub);
  await settled();
  pauses[0]!.over();
  await settled();
  expect(pauses.slice(0, 2).map(({ ms }) => ms)).toEqual(expected);
});

test('who asks ends the longer pause, and not the shortest', async () => {
  const receiver = joined(1);
  feeds.ask(hub);
  await settled();
  queue.put(fakeServiceboundMessage(1));
  feeds.ask(hub);
  await settled();
  expect([queue.looks, receiver.got]).toEqual([1, []]);
  pauses[0]!.over();
  await settled();
  expect([queue.looks, receiver.got]).toEqual([2, [1n]]);
});

test('a failure is told, and those who wait for an answer get one', async () => {
  const receiver = joined(1);
  queue.failure = new HubError('ServiceUnavailable', 'away');
  feeds.ask(hub);
  await settled();
  expect([failures, receiver.none]).toEqual([[queue.failure], 1]);
  feeds.leave(hub, receiver);
  await settled();
  expect(queue.looks).toBe(1);
});

test('nobody looks for who has left, and whoever comes later begins anew', async () => {
  const receiver = joined(1);
  feeds.ask(hub);
  await settled();
  feeds.leave(hub, receiver);
  pauses[0]!.over();
  await settled();
  expect(queue.looks).toBe(1);
  queue.put(fakeServiceboundMessage(1));
  const later = joined(1);
  feeds.ask(hub);
  await settled();
  expect([later.got, receiver.got]).toEqual([[1n], []]);
});

test('hubs have feeds of their own', async () => {
  const other = { hub: 'h', hubGeneration: '8' };
  const receiver = joined(1);
  queue.put(fakeServiceboundMessage(1));
  feeds.ask(other);
  await settled();
  expect([queue.looks, receiver.got]).toEqual([0, []]);
});

test.each<[string, number, number, bigint]>([
  ['goes to the next who has some', 0, 3_999, 1n],
  ['is left to its lock after some seconds', 0, 4_000, 2n],
  ['is left to its lock when its answer took long', 3_000, 1_000, 2n],
])('a message for which nobody has room any more %s', async (_, answerMs, keptMs, got) => {
  const [one, other] = [joined(1), joined(0)];
  queue.put(fakeServiceboundMessage(1));
  queue.put(fakeServiceboundMessage(2));
  feeds.ask(hub);
  one.credit = 0;
  nowMs += answerMs;
  await settled();
  expect([queue.looks, one.got]).toEqual([1, []]);
  nowMs += keptMs;
  other.credit = 1;
  feeds.ask(hub);
  await settled();
  expect(other.got).toEqual([got]);
});

test('a kept message that cannot be handed on is a failure, too', async () => {
  const [one, other] = [joined(1), joined(0)];
  queue.put(fakeServiceboundMessage(1));
  feeds.ask(hub);
  one.credit = 0;
  await settled();
  const failure = new Error('cannot be encoded');
  jest.spyOn(other, 'deliver').mockImplementationOnce(() => {
    throw failure;
  });
  other.credit = 1;
  feeds.ask(hub);
  await settled();
  expect([failures, other.none]).toEqual([[failure], 1]);
  feeds.leave(hub, other);
});

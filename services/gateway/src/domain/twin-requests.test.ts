import { setImmediate as turn } from 'node:timers/promises';
import { NamedRooms } from '@linchpin/fairness';
import { HubError, type HubLimits } from '@linchpin/wire';
import { describe, expect, test } from '@jest/globals';
import { fakeGrant } from './authenticator.fake.js';
import { FakeBudgets } from './budgets.fake.js';
import { FakeDeviceTwins } from './device-twins.fake.js';
import { fakeLimiters } from './hub-limiters.fake.js';
import { TwinRequests, type TwinAnswer } from './twin-requests.js';

const limited: HubLimits = { sku: 'S1', units: 1, unlimited: false };
const none = Buffer.alloc(0);

function setUp({ limits = fakeGrant.limits, roomBytes = 10_000_000 } = {}) {
  const twins = new FakeDeviceTwins();
  const budgets = new FakeBudgets();
  const clock = { ms: 0 };
  const answers: TwinAnswer[] = [];
  const rooms = new NamedRooms(roomBytes);
  const session = {
    identity: { deviceId: 'd1' },
    grant: fakeGrant,
    connectionId: 'c1',
    modelId: undefined,
  };
  const requests = new TwinRequests({
    session,
    twins,
    limiter: fakeLimiters(budgets).learn(fakeGrant, limits, 'h.example.net'),
    rooms,
    onAnswer: (answer) => answers.push(answer),
    now: () => clock.ms,
  });
  const get = (requestId = 'g'): void => {
    requests.ask({ kind: 'twin-get', requestId }, none);
  };
  const patch = (text: string, ifVersion?: bigint): void => {
    requests.ask({ kind: 'reported-patch', requestId: 'p', ifVersion }, Buffer.from(text));
  };
  /** What the answers say: the error's code, the version or the properties. */
  const told = (): unknown[] =>
    answers.map((answer) => {
      if (answer.kind === 'failed') {
        return answer.error instanceof HubError ? answer.error.code : answer.error;
      }
      return answer.kind === 'patched' ? answer.version : answer.json;
    });
  return { twins, budgets, clock, answers, rooms, requests, get, patch, told };
}

test('device-mqtt 51, 52: a read and a patch are answered under their ids', async () => {
  const { requests, answers, get, patch } = setUp();
  patch('{"fw":1}');
  get('42');
  await requests.idle();
  expect(answers).toEqual([
    { kind: 'patched', requestId: 'p', version: 2n },
    {
      kind: 'properties',
      requestId: '42',
      json: '{"desired":{"$version":1},"reported":{"fw":1,"$version":2}}',
    },
  ]);
});

test('requests are carried out in the order in which they came, one after the other', async () => {
  const { twins, requests, get, patch } = setUp();
  const opened = gateOf(twins);
  patch('{"a":1}');
  get();
  patch('{"a":2}');
  await turn();
  expect(twins.asked).toEqual(['{"a":1}']);
  opened();
  await requests.idle();
  expect(twins.asked).toEqual(['{"a":1}', 'get', '{"a":2}']);
});

test('device-mqtt 54: another version is told, and the next request is carried out', async () => {
  const { requests, told, patch } = setUp();
  patch('{"a":1}', 9n);
  patch('{"a":1}', 1n);
  await requests.idle();
  expect(told()).toEqual(['PreconditionFailed', 2n]);
});

describe('what cannot be had is answered', () => {
  test('a failure, whatever it is', async () => {
    const { twins, requests, told, get } = setUp();
    twins.failure = new HubError('ServiceUnavailable', 'away');
    get();
    await requests.idle();
    twins.failure = new TypeError('a fault of ours');
    get();
    await requests.idle();
    expect(told()).toEqual(['ServiceUnavailable', twins.failure]);
  });

  test('more than may wait of one connection', async () => {
    const { twins, requests, told, get } = setUp();
    const opened = gateOf(twins);
    Array.from({ length: 65 }, (_, index) => {
      get(`${index}`);
    });
    expect(told()).toEqual(['ThrottleBacklogLimitExceeded']);
    opened();
    await requests.idle();
    get();
    await requests.idle();
    expect(told().filter((code) => code === 'ThrottleBacklogLimitExceeded')).toHaveLength(1);
    expect(told()).toHaveLength(66);
  });

  test('patches count with their bytes, and one that no twin has room for is not kept', () => {
    const { twins, told, patch } = setUp();
    gateOf(twins);
    patch(' '.repeat(196_609));
    patch(' '.repeat(196_608));
    patch(' '.repeat(196_608));
    expect(told()).toEqual(['MessageTooLarge', 'ThrottleBacklogLimitExceeded']);
  });

  test('what the memory for all has no room for; what was answered leaves its room', async () => {
    const { twins, rooms, requests, told, get, patch } = setUp({ roomBytes: 20_000 });
    const opened = gateOf(twins);
    get();
    patch(' '.repeat(6_000));
    expect(told()).toEqual(['ThrottleBacklogLimitExceeded']);
    opened();
    await requests.idle();
    expect([rooms.heldBytes, rooms.names]).toEqual([0, []]);
  });

  test('those that waited too long behind others', async () => {
    const { twins, clock, requests, told, get } = setUp();
    const opened = gateOf(twins);
    get('1');
    get('2');
    await turn();
    clock.ms = 3_001;
    opened();
    await requests.idle();
    expect(told().slice(1)).toEqual(['ThrottlingBacklogTimeout']);
    expect(twins.asked).toEqual(['get']);
  });
});

describe('the hub', () => {
  test('device-mqtt 57: pays for reads and updates from budgets of their own', async () => {
    const { budgets, requests, told, get, patch } = setUp({ limits: limited });
    budgets.get('h/7/twinReads').atHand = 0;
    get();
    patch('{}');
    await turn();
    budgets.get('h/7/twinReads').refuse('late');
    await requests.idle();
    expect(told()).toEqual(['ThrottlingBacklogTimeout', 2n]);
    expect(budgets.get('h/7/twinUpdates').atHand).toBe(50 * 60 - 1);
  });

  test('lets its devices wait for two seconds, so that they hear in time', () => {
    const { budgets } = setUp({ limits: limited });
    expect(budgets.get('h/7/twinReads').terms).toMatchObject({ perSecond: 100, queueMs: 2_000 });
  });

  test('of a basic tier has no twins', async () => {
    const { twins, requests, told, get } = setUp({ limits: { ...limited, sku: 'B1' } });
    get();
    await requests.idle();
    expect(told()).toEqual(['OperationNotAvailableInCurrentTier']);
    expect(twins.asked).toEqual([]);
  });
});

test('device-mqtt 39: what came before the end is applied, but nobody reads any more', async () => {
  const { twins, requests, get, patch } = setUp();
  const opened = gateOf(twins);
  patch('{"a":1}');
  get();
  patch('{"a":2}');
  requests.end();
  opened();
  await requests.idle();
  expect(twins.asked).toEqual(['{"a":1}', '{"a":2}']);
});

test('a change is told behind the answer of a read that is under way', async () => {
  const { twins, requests, answers, get } = setUp();
  await requests.readAnswered();
  const opened = gateOf(twins);
  get();
  await turn();
  const order: string[] = [];
  const told = requests.readAnswered().then(() => order.push(`told behind ${answers.length}`));
  opened();
  await told;
  expect(order).toEqual(['told behind 1']);
  twins.failure = new HubError('ServiceUnavailable', 'away');
  get();
  await turn();
  await requests.readAnswered();
});

/** Requests wait until the returned function is called. */
function gateOf(twins: FakeDeviceTwins): () => void {
  let open: () => void = () => undefined;
  twins.gate = new Promise((resolve) => {
    open = resolve;
  });
  return () => {
    open();
  };
}

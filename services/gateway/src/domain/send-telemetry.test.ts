import { describe, expect, test } from '@jest/globals';
import {
  toMessageProperties,
  type HubError,
  type HubLimits,
  type MessageProperties,
} from '@linchpin/wire';
import { fakeGrant } from './authenticator.fake.js';
import { FakeBudgets } from './budgets.fake.js';
import { fakeLimiters } from './hub-limiters.fake.js';
import { markRetained, markWill, TelemetrySender } from './send-telemetry.js';
import { FakeTelemetryLog } from './telemetry-log.fake.js';

const session = {
  identity: { deviceId: 'd1' },
  grant: fakeGrant,
  connectionId: 'c1',
  modelId: undefined,
};
const receipt = { settle: () => undefined };

function setUp(limits: HubLimits = fakeGrant.limits) {
  const log = new FakeTelemetryLog();
  const counter = { messages: 0, bytes: 0 };
  const budgets = new FakeBudgets();
  const limiters = fakeLimiters(budgets);
  const limiter = limiters.learn(fakeGrant, limits, 'h.example.net');
  const sender = new TelemetrySender(log, session, counter, limiter);
  return { log, counter, sender, budgets, limiters };
}

function propertiesOf(pairs: Record<string, string | null>): MessageProperties {
  return toMessageProperties(new Map(Object.entries(pairs)));
}

describe('device-mqtt 30: 262,144 bytes are allowed', () => {
  // The name of a system property does not count; an application property counts whole.
  test.each([
    ['of the body alone', {}, 262_144],
    ['with a system property', { '$.ct': 'text' }, 262_140],
    ['with an application property', { key: 'text' }, 262_137],
    ['with a null value', { key: null }, 262_141],
    ['in UTF-8', { ä: '€' }, 262_139],
    ['whatever is dropped', { '$.cdid': 'spoof', 'iothub-ack': 'full' }, 262_144],
  ])('%s', (_, pairs, bodyBytes) => {
    const { sender } = setUp();
    const message = propertiesOf(pairs);
    sender.admit(Buffer.alloc(bodyBytes), message);
    expect(() => {
      sender.admit(Buffer.alloc(bodyBytes + 1), message);
    }).toThrow('262144 are allowed');
  });
});

test('while far too much of the hub waits nothing is admitted', () => {
  const { sender, log } = setUp();
  log.isHubOverfull = true;
  expect(() => {
    sender.admit(Buffer.alloc(1), propertiesOf({}));
  }).toThrow('Too much telemetry waits');
});

test('what is sent is stored with its session, and counted', () => {
  const { sender, log, counter } = setUp();
  log.isHeld = true;
  sender.send(Buffer.from('ab'), propertiesOf({ key: 'value' }), receipt);
  log.settle();
  expect(log.stored).toEqual([
    { session, body: Buffer.from('ab'), properties: [['key', 'value']] },
  ]);
  expect(counter).toEqual({ messages: 1, bytes: 10 });
});

describe('while the hub does more than it may', () => {
  const limits: HubLimits = { sku: 'S1', units: 1, unlimited: false };

  function setUpBusy() {
    const world = setUp(limits);
    const budget = world.budgets.get('h/7/telemetry');
    budget.atHand = 0;
    const outcomes: (string | undefined)[] = [];
    const send = (body: string | Buffer) => {
      world.sender.send(Buffer.from(body), propertiesOf({}), {
        settle: (error) => outcomes.push((error as HubError | undefined)?.code),
      });
    };
    return { ...world, budget, send, outcomes };
  }

  test('messages wait for their turn and are stored in their order', () => {
    const { log, budget, send, counter, sender } = setUpBusy();
    log.isHeld = true;
    for (const body of ['a', 'b', 'c']) {
      send(body);
    }
    expect([log.waiting.length, counter.messages]).toEqual([0, 0]);
    budget.give(2);
    send('d');
    budget.give(2);
    log.settle();
    expect([log.bodies, counter.messages]).toEqual([['a', 'b', 'c', 'd'], 4]);
    expect(sender.isHeldBack).toBe(false);
  });

  test('at ten no more should be read of the session', () => {
    const { budget, send, sender } = setUpBusy();
    for (let count = 0; count < 9; count++) {
      send('x');
    }
    expect(sender.isHeldBack).toBe(false);
    send('x');
    expect(sender.isHeldBack).toBe(true);
    budget.give(1);
    expect(sender.isHeldBack).toBe(false);
  });

  test('after one that was refused none of the session is stored, and the hub pays for none', () => {
    const { log, budget, budgets, send, outcomes } = setUpBusy();
    log.isHeld = true;
    for (const body of ['a', 'b', 'c']) {
      send(body);
    }
    budget.refuse('late', 1);
    budget.give(5);
    expect(outcomes).toEqual(Array(3).fill('ThrottlingBacklogTimeout'));
    expect([log.waiting.length, budget.atHand]).toEqual([0, 5]);
    expect(budgets.get('h/7/messages/2026-11-25').atHand).toBe(400_000);
  });

  test('one that is refused as it comes takes no turn from those that wait before it', () => {
    const { log, budget, send, outcomes } = setUpBusy();
    send('a');
    send('b');
    budget.isOverfull = true;
    send('too many wait');
    budget.isOverfull = false;
    send('behind it');
    expect(outcomes).toEqual(['ThrottleBacklogLimitExceeded']);
    budget.give(4);
    log.settle();
    expect(log.bodies).toEqual(['a', 'b']);
    expect(outcomes.slice(1)).toEqual(['ThrottleBacklogLimitExceeded', undefined, undefined]);
    expect(budget.atHand).toBe(2);
  });

  test('when their connection has ended for one that was refused, those that wait are not stored', () => {
    const { log, budget, send, sender, outcomes } = setUpBusy();
    send('a');
    budget.isOverfull = true;
    send('too many wait');
    sender.refuseWaiting();
    budget.give(1);
    expect([log.waiting, budget.atHand]).toEqual([[], 1]);
    expect(outcomes).toEqual(Array(2).fill('ThrottleBacklogLimitExceeded'));
  });

  test('those that wait when their connection ends otherwise are stored', () => {
    const { log, budget, send, sender } = setUpBusy();
    send('a');
    sender.refuseWaiting();
    budget.give(1);
    log.settle();
    expect(log.bodies).toEqual(['a']);
  });

  test('more than the hub’s part of the memory is not held', () => {
    const { send, outcomes, budget } = setUpBusy();
    send(Buffer.alloc(9_000));
    send(Buffer.alloc(6_000));
    expect(outcomes).toEqual(['ThrottleBacklogLimitExceeded']);
    budget.give(2);
    send(Buffer.alloc(9_000));
    expect(budget.waiting).toHaveLength(0);
  });

  test('when its limits are lifted all go through, before what comes later', () => {
    const { log, send, limiters } = setUpBusy();
    log.isHeld = true;
    send('a');
    send('b');
    limiters.update(fakeGrant, { ...limits, unlimited: true });
    send('c');
    log.settle();
    expect(log.bodies).toEqual(['a', 'b', 'c']);
  });

  test('when it is deleted none goes through: they would come to the next one of its name', () => {
    const { log, send, limiters, sender, outcomes } = setUpBusy();
    send('a');
    send('b');
    limiters.remove(fakeGrant);
    expect([log.waiting, outcomes]).toEqual([[], Array(2).fill('IotHubNotFound')]);
    expect(() => {
      sender.admit(Buffer.from('c'), propertiesOf({}));
    }).toThrow('The hub was deleted.');
  });

  test('when the gateway stops all go through, and no more is read', () => {
    const { log, send, limiters, sender } = setUpBusy();
    log.isHeld = true;
    send('a');
    limiters.end();
    expect([log.waiting.length, sender.isHeldBack]).toEqual([1, true]);
  });
});

describe('marks', () => {
  test('stand last, once, and do not count', () => {
    const message = propertiesOf({ 'mqtt-retain': 'fake', a: '1', 'iothub-MessageType': 'x' });
    const marked = markWill(markRetained(message));
    expect(marked.properties).toEqual([
      ['a', '1'],
      ['mqtt-retain', 'true'],
      ['iothub-MessageType', 'Will'],
    ]);
    expect(marked.countedBytes).toBe(message.countedBytes);
  });
});

describe('all that a request brings', () => {
  const messages = ['a', 'b'].map((body) => ({
    body: Buffer.from(body),
    message: propertiesOf({}),
  }));
  const s1: HubLimits = { sku: 'S1', units: 1, unlimited: false };

  test('is stored in order, and counted', async () => {
    const { sender, log, counter } = setUp();
    await sender.sendAll(messages);

    expect(log.bodies).toEqual(['a', 'b']);
    expect(counter).toEqual({ messages: 2, bytes: 2 });
  });

  test('resolves when none is on its way', async () => {
    const { sender, log } = setUp();
    log.isHeld = true;
    let isStored = false;
    const stored = sender.sendAll(messages).then(() => {
      isStored = true;
    });
    await Promise.resolve();
    log.settle(1);
    await Promise.resolve();
    expect(isStored).toBe(false);
    log.settle(1);

    await stored;
  });

  test('fails when some of it can never be stored', async () => {
    const { sender, log } = setUp();
    log.isHeld = true;
    const stored = sender.sendAll(messages);
    await Promise.resolve();
    log.settle(1, new Error('too large'));
    log.settle(1);

    await expect(stored).rejects.toThrow('too large');
    expect(log.bodies).toEqual(['b']);
  });

  test('is refused as a whole when one is too large', async () => {
    const { sender, log } = setUp();
    const tooLarge = { body: Buffer.alloc(262_145), message: propertiesOf({}) };

    await expect(sender.sendAll([...messages, tooLarge])).rejects.toMatchObject({
      code: 'MessageTooLarge',
    });
    expect(log.waiting).toEqual([]);
  });

  test('waits for its turn, and is refused when that comes too late; what comes then is sent', async () => {
    const { sender, log, budgets } = setUp(s1);
    const rate = budgets.get('h/7/telemetry');
    rate.atHand = 0;
    const late = sender.sendAll(messages);
    rate.refuse('late');
    await expect(late).rejects.toMatchObject({ code: 'ThrottlingBacklogTimeout' });
    rate.atHand = 1;
    const stored = sender.sendAll(messages);
    expect(log.waiting).toEqual([]);
    rate.give(1);

    await stored;
    expect(log.bodies).toEqual(['a', 'b']);
  });

  test('is not stored for a hub that was deleted while it waited', async () => {
    const { sender, log, budgets, limiters } = setUp(s1);
    budgets.get('h/7/telemetry').atHand = 0;
    const stored = sender.sendAll(messages);
    limiters.remove(fakeGrant);

    await expect(stored).rejects.toMatchObject({ code: 'IotHubNotFound' });
    expect(log.waiting).toEqual([]);
  });

  test('of nothing is done at once', async () => {
    const { sender } = setUp(s1);

    await sender.sendAll([]);
  });
});

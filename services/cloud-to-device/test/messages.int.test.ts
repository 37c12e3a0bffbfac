import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Acknowledgement, SettlementOutcome } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { MessagesUnderTest, textsOf } from './support/messages-under-test.js';

const { COMPLETE, REJECT, ABANDON } = SettlementOutcome;

let messages: MessagesUnderTest;

beforeAll(async () => {
  messages = await MessagesUnderTest.start();
});

afterAll(() => messages.stop());

const hour = 3_600_000;

describe('what is sent', () => {
  test('waits, each in its turn, and is handed out once', async () => {
    const device = messages.newDevice();
    for (const text of ['one', 'two', 'three']) {
      await messages.send(device, { text });
    }
    const first = await messages.lockAnswer(device, { limit: 2 });
    const second = await messages.lockAnswer(device);

    expect(textsOf(first.messages)).toEqual(['one', 'two']);
    expect(first.moreWait).toBe(true);
    expect(textsOf(second.messages)).toEqual(['three']);
    expect(second.moreWait).toBe(false);
    expect(await messages.lock(device)).toEqual([]);
    const [message] = first.messages;
    expect(message).toMatchObject({ deliveryCount: 0 });
    expect(message!.lockToken).toHaveLength(16);
    expect(Math.abs(Date.now() - message!.enqueuedTime!.getTime())).toBeLessThan(30_000);
    const ttlMs = message!.expiryTime!.getTime() - message!.enqueuedTime!.getTime();
    expect(Math.abs(ttlMs - hour)).toBeLessThan(5_000);
  });

  test('by many at once, keeps the order of the answers of each', async () => {
    const device = messages.newDevice();
    const other = messages.newDevice();
    const sendTen = async (name: string): Promise<void> => {
      for (const number of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
        await messages.send(device, { text: `${name}${number}` });
      }
    };
    await Promise.all([
      ...['a', 'b', 'c', 'd'].map(sendTen),
      ...Array.from({ length: 50 }, () => messages.send(other)),
    ]);
    const texts = textsOf(await messages.lock(device));

    expect(texts).toHaveLength(40);
    for (const name of ['a', 'b', 'c', 'd']) {
      const own = texts.filter((text) => text.startsWith(name));
      expect(own).toEqual([...own].sort());
    }
    expect(await messages.count(device, [device])).toEqual([40]);
  });

  test('beyond fifty that wait is refused, and one that is completed makes room', async () => {
    const device = messages.newDevice();
    const sent = await Promise.allSettled(
      Array.from({ length: 60 }, (_, number) => messages.send(device, { text: String(number) })),
    );

    expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    await expect(messages.send(device)).rejects.toMatchObject({
      code: 'DeviceMaximumQueueDepthExceeded',
    });
    const locked = await messages.lock(device, { limit: 1 });
    await expect(messages.send(device)).rejects.toMatchObject({
      code: 'DeviceMaximumQueueDepthExceeded',
    });
    await messages.settle(device, locked, COMPLETE);
    await messages.send(device);
  });

  test.each([
    ['now', 0],
    ['long ago', -hour],
    ['beyond two days', 49 * hour],
  ])('and expires %s is refused', async (_, leftMs) => {
    const device = messages.newDevice();

    await expect(
      messages.send(device, { expiryTime: new Date(Date.now() + leftMs) }),
    ).rejects.toMatchObject({ code: 'InvalidMessageExpiryTime' });
  });

  test('to whom nobody knows is refused', async () => {
    const device = messages.newDevice();

    await expect(messages.send({ ...device, deviceId: 'd2' })).rejects.toMatchObject({
      code: 'DeviceNotFound',
    });
  });

  test('with a text that no table holds fails alone', async () => {
    const device = messages.newDevice();
    const others = Array.from({ length: 20 }, () => messages.newDevice());
    const bad = expect(messages.send(device, { messageId: 'a\0b' })).rejects.toMatchObject({
      code: 'ArgumentInvalid',
    });
    await Promise.all(others.map((other) => messages.send(other)));

    await bad;
  });

  test('of large size comes in parts, and nothing is left out', async () => {
    const device = messages.newDevice();
    for (const number of [0, 1, 2, 3, 4]) {
      await messages.send(device, { text: String(number).repeat(60_000), messageId: '' });
    }
    const first = await messages.lockAnswer(device);
    const second = await messages.lockAnswer(device);

    expect(textsOf(first.messages).map(([digit]) => digit)).toEqual(['0', '1', '2']);
    expect(first.moreWait).toBe(true);
    expect(textsOf(second.messages).map(([digit]) => digit)).toEqual(['3', '4']);
    expect(second.moreWait).toBe(false);
  });

  test('to a module and to its device are two queues', async () => {
    const hub = messages.newHub();
    const device = messages.newDevice(hub);
    const module = messages.newDevice(hub, 'd1', 'm1');
    await messages.send(device, { text: 'device' });
    await messages.send(module, { text: 'module' });

    expect(await messages.count(hub, [module, device, module])).toEqual([1, 1, 1]);
    expect(textsOf(await messages.lock(module))).toEqual(['module']);
    expect(textsOf(await messages.lock(device))).toEqual(['device']);
  });

  test('to a device that was made anew does not come with what was sent before', async () => {
    const hub = messages.newHub();
    const former = messages.newDevice(hub);
    await messages.send(former, { text: 'old' });
    const device = messages.newDevice(hub);
    await messages.send(device, { text: 'new' });

    expect(textsOf(await messages.lock(device))).toEqual(['new']);
  });
});

describe('a lock', () => {
  test('lets its receiver complete, and nobody else', async () => {
    const hub = messages.newHub();
    const device = messages.newDevice(hub);
    const other = messages.newDevice(hub, 'd2');
    await messages.send(device);
    const locked = await messages.lock(device);

    expect(await messages.settle(other, locked, COMPLETE)).toEqual([false]);
    expect(await messages.settle(device, locked, COMPLETE)).toEqual([true]);
    expect(await messages.settle(device, locked, COMPLETE)).toEqual([false]);
    expect(await messages.count(hub, [device])).toEqual([0]);
  });

  test('whose time is over is lost to a receiver that does not keep messages', async () => {
    const device = messages.newDevice();
    await messages.send(device);
    const locked = await messages.lock(device);
    await messages.ageMessages(device, 61);

    expect(await messages.settle(device, locked, COMPLETE, false)).toEqual([false]);
    const again = await messages.lock(device, { connection: { heldLockTokens: [] } });
    expect(again).toMatchObject([{ deliveryCount: 0 }]);
    expect(again[0]!.lockToken).not.toEqual(locked[0]!.lockToken);
    expect(await messages.settle(device, locked, COMPLETE, false)).toEqual([false]);
    expect(await messages.settle(device, again, COMPLETE, false)).toEqual([true]);
  });

  test('of a receiver that keeps messages lasts until somebody else has the message', async () => {
    const device = messages.newDevice();
    for (const text of ['one', 'two']) {
      await messages.send(device, { text });
    }
    const locked = await messages.lock(device);
    await messages.ageMessages(device, 61);

    expect(await messages.lock(device)).toEqual([]);
    const [one, two] = locked;
    expect(await messages.settle(device, [one!], COMPLETE)).toEqual([true]);
    const overHttps = await messages.lock(device, { connection: undefined });
    expect(textsOf(overHttps)).toEqual(['two']);
    expect(await messages.settle(device, [two!], COMPLETE)).toEqual([false]);
    expect(await messages.settle(device, overHttps, COMPLETE, false)).toEqual([true]);
  });

  test('passes to a newer connection at once, and to no older one', async () => {
    const device = messages.newDevice();
    await messages.send(device);
    const older = await messages.lock(device, { connection: { sequence: '0002' } });
    const newer = await messages.lock(device, { connection: { sequence: '0010' } });

    expect(newer).toHaveLength(1);
    expect(await messages.settle(device, older, COMPLETE)).toEqual([false]);
    const olderAgain = await messages.lock(device, { connection: { sequence: '0002' } });
    expect(olderAgain).toEqual([]);
    expect(await messages.settle(device, newer, COMPLETE)).toEqual([true]);
  });

  test('of a receiver without a connection is respected by connections', async () => {
    const device = messages.newDevice();
    await messages.send(device);
    const overHttps = await messages.lock(device, { connection: undefined });

    expect(await messages.lock(device)).toEqual([]);
    expect(await messages.settle(device, overHttps, COMPLETE, false)).toEqual([true]);
  });

  test('is given to one of many who ask at once', async () => {
    const device = messages.newDevice();
    for (const text of ['a', 'b', 'c']) {
      await messages.send(device, { text });
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => messages.lock(device, { connection: undefined, limit: 1 })),
    );

    expect(textsOf(answers.flat()).toSorted()).toEqual(['a', 'b', 'c']);
  });
});

describe('what is given back', () => {
  test('waits again before what is newer, and counts', async () => {
    const device = messages.newDevice();
    for (const text of ['one', 'two', 'three']) {
      await messages.send(device, { text });
    }
    const [one] = await messages.lock(device, { limit: 2 });
    expect(await messages.settle(device, [one!], ABANDON)).toEqual([true]);
    const again = await messages.lock(device);

    expect(again.map(({ content, deliveryCount }) => [content.toString(), deliveryCount])).toEqual([
      ['one', 1],
      ['three', 0],
    ]);
  });

  test('as often as may be ends', async () => {
    const hub = messages.newHub({ maxDeliveryCount: 3 });
    const device = messages.newDevice(hub);
    await messages.send(device);
    for (const deliveryCount of [0, 1, 2]) {
      const locked = await messages.lock(device);
      expect(locked).toMatchObject([{ deliveryCount }]);
      await messages.settle(device, locked, ABANDON);
    }

    expect(await messages.count(hub, [device])).toEqual([0]);
    await messages.ageFeedback(hub, 16);
    expect(await messages.receiveFeedback(hub)).toMatchObject({ records: [{ status: 3 }] });
  });

  test('by the end of a connection waits for the next', async () => {
    const device = messages.newDevice(messages.newHub({ maxDeliveryCount: 2 }));
    await messages.send(device, { text: 'one' });
    await messages.lock(device);
    await messages.release(device, '0001', []);
    const again = await messages.lock(device);
    await messages.release(device, '0001', again);
    const third = await messages.lock(device);
    await messages.release(device, '0009', third);
    expect(await messages.lock(device)).toEqual([]);
    await messages.release(device, '0001', third);

    expect(again).toMatchObject([{ deliveryCount: 0 }]);
    expect(third).toMatchObject([{ deliveryCount: 1 }]);
    expect(await messages.count(device, [device])).toEqual([0]);
  });

  test('by a connection is not what it keeps', async () => {
    const device = messages.newDevice();
    for (const text of ['one', 'two', 'three']) {
      await messages.send(device, { text });
    }
    const locked = await messages.lock(device);
    await messages.release(device, '0001', [], { kept: locked.slice(1, 2) });

    expect(textsOf(await messages.lock(device))).toEqual(['one', 'three']);
    expect(await messages.settle(device, locked, COMPLETE)).toEqual([false, true, false]);
  });

  test('by the end of a connection is not what it has settled, nor what another one has', async () => {
    const device = messages.newDevice();
    await messages.send(device, { text: 'one' });
    await messages.send(device, { text: 'two' });
    const [one] = await messages.lock(device);
    await messages.settle(device, [one!], COMPLETE);
    const theirs = await messages.lock(device, { connection: { sequence: '0002' } });
    await messages.release(device, '0001', [one!, ...theirs]);

    expect(await messages.lock(device, { connection: undefined })).toEqual([]);
  });
});

describe('what expires', () => {
  test('is not handed out any more, and ends', async () => {
    const hub = messages.newHub();
    const device = messages.newDevice(hub);
    await messages.send(device, { text: 'old' });
    await messages.ageMessages(hub, 3_601);
    await messages.send(device, { text: 'new' });

    expect(textsOf(await messages.lock(device))).toEqual(['new']);
    await eventually(async () => (await messages.count(hub, [device]))[0] === 1);
    await messages.ageFeedback(hub, 16);
    expect(await messages.receiveFeedback(hub)).toMatchObject({
      records: [{ originalMessageId: 'old', status: 2 }],
    });
  });

  test('while it is locked may still be completed', async () => {
    const hub = messages.newHub();
    const device = messages.newDevice(hub);
    await messages.send(device, { expiryTime: new Date(Date.now() + 1_500) });
    await messages.send(device, { text: 'later', expiryTime: new Date(Date.now() + 1_500) });
    const [first] = await messages.lock(device, { limit: 1 });
    await eventually(async () => (await messages.count(hub, [device]))[0] === 1);

    expect(await messages.settle(device, [first!], COMPLETE)).toEqual([true]);
  });
});

test('each acknowledgement tells of its ends', async () => {
  const hub = messages.newHub();
  const told: Record<string, readonly string[]> = {};
  for (const ack of [
    Acknowledgement.NONE,
    Acknowledgement.POSITIVE,
    Acknowledgement.NEGATIVE,
    Acknowledgement.FULL,
  ]) {
    const device = messages.newDevice(hub, `d${ack}`);
    await messages.send(device, { text: 'completed', ack });
    await messages.send(device, { text: 'rejected', ack });
    const [completed, rejected] = await messages.lock(device);
    await messages.settle(device, [completed!], COMPLETE);
    await messages.settle(device, [rejected!], REJECT);
  }
  await messages.ageFeedback(hub, 16);
  const batch = await messages.receiveFeedback(hub);
  for (const { deviceId, originalMessageId } of batch!.records) {
    told[deviceId] = [...(told[deviceId] ?? []), originalMessageId];
  }

  expect(told).toEqual({ d2: ['completed'], d3: ['rejected'], d4: ['completed', 'rejected'] });
});

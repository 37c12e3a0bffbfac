import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import rhea, { type EventContext, type Receiver, type ReceiverOptions } from 'rhea';
import { cutOff } from '../domain/cut-off.js';
import { hubUpdated } from '../domain/ending-change.fake.js';
import { FakeAmqpGateway, tokenFor, type RheaDevice } from './gateway.fake.js';

const place = { topic: 'events.h', partition: 0 };
const address = 'events.h/ConsumerGroups/$Default/Partitions/0';
const filterName = 'apache.org:selector-filter:string';

let gateway: FakeAmqpGateway;
let client: RheaDevice;

beforeEach(async () => {
  gateway = new FakeAmqpGateway();
  client = await gateway.connect();
  await client.putToken(tokenFor('', { policy: 'service' }));
});

afterEach(() => {
  gateway.close();
});

/** What rhea has of the other's attach. */
interface Remote {
  readonly remote: { readonly attach: { readonly offered_capabilities: unknown } };
}

interface Reader {
  readonly receiver: Receiver;
  readonly texts: string[];
  /** Of a refusal, or of the link's end. */
  readonly error: () => { condition: string; description: string } | undefined;
}

function open(source: object, options: ReceiverOptions = {}): Reader {
  const receiver = client.client.open_receiver({
    source: { address, ...source } as never,
    ...options,
  });
  const texts: string[] = [];
  receiver.on('message', ({ message }: EventContext) => {
    texts.push((message?.body as { content: Buffer }).content.toString());
  });
  receiver.on('receiver_error', () => undefined);
  const error = (): ReturnType<Reader['error']> => receiver.error as never;
  return { receiver, texts, error };
}

/** What an attach is refused with. */
async function refusal(source: object, options?: ReceiverOptions): Promise<string | undefined> {
  const reader = open(source, options);
  await eventually(() => reader.error() !== undefined);
  return reader.error()?.condition;
}

const filtered = (text: string, descriptor?: unknown): object => ({
  filter: {
    [filterName]:
      descriptor === undefined ? text : rhea.types.wrap_described(text, descriptor as never),
  },
});

const epoch = (value: unknown, name = 'r'): ReceiverOptions => ({
  properties: { 'com.microsoft:epoch': value, 'com.microsoft:receiver-name': name },
});

describe('where a reader begins', () => {
  beforeEach(() => {
    for (const [index, text] of ['a', 'b', 'c', 'd'].entries()) {
      gateway.events.append(place, text, 1_000 + index);
    }
  });

  test.each([
    ['no filter', {}, 'abcd'],
    ["eh-js'", filtered("amqp.annotation.x-opt-offset > '1'", 77_567_109_365_764), 'cd'],
    ["eh-py's", filtered("amqp.annotation.x-opt-offset > '1'", filterName), 'cd'],
    ["eh-net's", filtered('amqp.annotation.x-opt-offset >= 1', 0x137000000a), 'bcd'],
    ['one without descriptor', filtered("amqp.annotation.x-opt-sequence-number > '2'"), 'd'],
    ['one of a time', filtered('amqp.annotation.x-opt-enqueued-time > 1001', filterName), 'cd'],
    ["cli's", filtered("amqp.annotation.x-opt-enqueuedtimeutc > '1001'", filterName), 'cd'],
    ['another filter', { filter: { 'other:filter': 'x' } }, 'abcd'],
  ])('amqp 53: by %s', async (_, source, expected) => {
    const reader = open(source);
    await eventually(() => reader.texts.length === expected.length);

    expect(reader.texts.join('')).toBe(expected);
    expect(reader.error()).toBeUndefined();
  });

  test('amqp 54: @latest delivers nothing old, -1 everything', async () => {
    const all = open(filtered("amqp.annotation.x-opt-offset > '-1'"));
    const latest = open(filtered("amqp.annotation.x-opt-offset > '@latest'"));
    await once(latest.receiver as unknown as EventEmitter, 'receiver_open');
    gateway.events.append(place, 'e');
    await eventually(() => latest.texts.length > 0 && all.texts.length === 5);

    expect(latest.texts).toEqual(['e']);
    expect(all.texts.join('')).toBe('abcde');
  });

  test.each([
    ['a filter of another kind', filtered('x = 1'), 'amqp:not-allowed'],
    ['a filter that is no text', filtered(7 as never), 'amqp:not-allowed'],
    [
      'an offset beyond the end',
      filtered("amqp.annotation.x-opt-offset > '4'"),
      'com.microsoft:argument-error',
    ],
    ['another entity', { address: address.replace('events.h', 'events.g') }, 'amqp:not-found'],
    ['another group', { address: address.replace('$Default', 'other') }, 'amqp:not-found'],
    [
      'a partition that is not there',
      { address: address.replace(/0$/, '4') },
      'com.microsoft:argument-out-of-range',
    ],
    [
      'a partition that is no number',
      { address: address.replace(/0$/, '00') },
      'com.microsoft:argument-out-of-range',
    ],
  ])('%s is refused', async (_, source, condition) => {
    expect(await refusal(source)).toBe(condition);
    expect(gateway.events.readings).toBe(0);
    await eventually(() => gateway.lines.length > 0);
    expect(gateway.lines).toEqual([
      expect.objectContaining({ level: 'info', msg: 'service link refused', errorCode: condition }),
    ]);
  });

  test.each([
    'h/consumergroups/MINE/partitions/0',
    '/EVENTS.H/ConsumerGroups/$default/Partitions/0',
  ])('names have no letter case, as in %s', async (written) => {
    const reader = open({ address: written });
    await eventually(() => reader.texts.length === 4);
    expect(reader.receiver.source.address).toBe(written);
  });
});

describe('amqp 55: readers that compete', () => {
  test('one of the same epoch takes the place; a lower one and one without are refused', async () => {
    const first = open({}, epoch(rhea.types.wrap_long(1), 'first'));
    await once(first.receiver as unknown as EventEmitter, 'receiver_open');
    const second = open({}, epoch(rhea.types.wrap_long(1), 'second'));
    await eventually(() => first.error() !== undefined);

    expect(first.error()).toMatchObject({ condition: 'amqp:link:stolen' });
    expect(first.error()?.description).toMatch(
      /^New receiver 'second' with higher epoch of '1' is created hence current receiver 'first' with epoch '1'/,
    );
    expect(second.receiver.is_open()).toBe(true);
    expect(await refusal({}, epoch(rhea.types.wrap_long(0)))).toBe('amqp:link:stolen');
    const without = open({});
    await eventually(() => without.error() !== undefined);
    expect(without.error()?.description).toMatch(/created with epoch of '1', and so non-epoch/);
    await eventually(() => gateway.events.readings === 1);
  });

  test('a sixth without epoch is refused; one with epoch ends all five', async () => {
    const sharing = [1, 2, 3, 4, 5].map(() => open({}));
    await eventually(() => sharing.every(({ receiver }) => receiver.is_open()));
    await eventually(() => gateway.events.readings === 5);
    expect(await refusal({})).toBe('amqp:resource-limit-exceeded');
    open({}, epoch(rhea.types.wrap_long(0)));
    await eventually(() => sharing.every(({ error }) => error() !== undefined));

    expect(sharing.map(({ error }) => error()?.condition)).toEqual(
      sharing.map(() => 'amqp:link:stolen'),
    );
  });

  test('a reader that has gone leaves its place', async () => {
    const first = open({}, epoch(rhea.types.wrap_long(9)));
    await once(first.receiver as unknown as EventEmitter, 'receiver_open');
    first.receiver.close();
    await once(first.receiver as unknown as EventEmitter, 'receiver_close');
    const second = open({});
    await once(second.receiver as unknown as EventEmitter, 'receiver_open');

    expect(second.error()).toBeUndefined();
    expect(gateway.events.readings).toBe(1);
  });

  test('a reader that has gone before its turn takes no place', async () => {
    const first = open({}, epoch(rhea.types.wrap_long(1)));
    await once(first.receiver as unknown as EventEmitter, 'receiver_open');
    const answer = gateway.events.holdAnswers();
    const other = await gateway.connect();
    await other.putToken(tokenFor('', { policy: 'service' }));
    other.client.open_receiver({ source: address, ...epoch(rhea.types.wrap_long(2), 'gone') });
    await eventually(() => gateway.table.accesses.ofHub('h').length === 2);
    other.sockets.near.destroy();
    await eventually(() => gateway.table.accesses.ofHub('h').length === 1);
    answer();
    open({}, epoch(rhea.types.wrap_long(1), 'next'));
    await eventually(() => first.error() !== undefined);

    expect(first.error()?.description).toMatch(/^New receiver 'next'/);
  });

  test.each([
    ['-1', rhea.types.wrap_long(-1)],
    ['a text', 'one'],
  ])('the epoch %s is refused', async (_, value) => {
    expect(await refusal({}, epoch(value))).toBe('com.microsoft:argument-out-of-range');
  });

  test('while the places cannot be asked for readers are refused to try again, and others go on', async () => {
    const first = open({});
    await once(first.receiver as unknown as EventEmitter, 'receiver_open');
    gateway.readerStore.failure = new Error('no answer');

    expect(await refusal({})).toBe('com.microsoft:server-busy');
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({ level: 'error', reason: 'no answer', err: expect.anything() }),
    );
    gateway.events.append(place, 'a');
    await eventually(() => first.texts.length === 1);
  });
});

describe('delivery', () => {
  test('to who does not read waits in the log, and goes on when he reads', async () => {
    const reader = open({}, { credit_window: 1_000 });
    await once(reader.receiver as unknown as EventEmitter, 'receiver_open');
    gateway.events.append(place, 'first');
    await eventually(() => reader.texts.length === 1);
    const { near, far } = client.sockets;
    near.pause();
    for (let number = 0; number < 200; number++) {
      gateway.events.append(place, 'x'.repeat(10_000));
      await new Promise(setImmediate);
    }

    expect(far.writableNeedDrain).toBe(true);
    expect(far.writableLength).toBeLessThan(200_000);
    near.resume();
    await eventually(() => reader.texts.length === 201);
  });

  test('is as much as there is credit for, and drains', async () => {
    for (const text of ['a', 'b', 'c']) {
      gateway.events.append(place, text);
    }
    const reader = open({}, { credit_window: 0 });
    reader.receiver.add_credit(2);
    await eventually(() => reader.texts.length === 2);
    reader.receiver.add_credit(10);
    reader.receiver.drain_credit();
    await once(reader.receiver as unknown as EventEmitter, 'receiver_drained');

    expect(reader.texts.join('')).toBe('abc');
    gateway.events.append(place, 'd');
    reader.receiver.add_credit(1);
    await eventually(() => reader.texts.length === 4);
  });

  test('amqp 56: the end of the partition is told with each event to who has asked', async () => {
    gateway.events.append(place, 'a', 5_000);
    const told: unknown[] = [];
    for (const desired of [['com.microsoft:enable-receiver-runtime-metric'], []]) {
      const { receiver } = open({}, {
        desired_capabilities: desired.map((each) => rhea.types.wrap_symbol(each)),
      } as never);
      receiver.on('message', ({ message }: EventContext) =>
        told.push(message?.delivery_annotations),
      );
      await once(receiver as unknown as EventEmitter, 'message');
      expect(
        [(receiver as unknown as Remote).remote.attach.offered_capabilities ?? []]
          .flat()
          .map(String),
      ).toEqual(desired);
    }

    expect(told).toEqual([
      expect.objectContaining({ last_enqueued_sequence_number: 0, last_enqueued_offset: '0' }),
      undefined,
    ]);
  });

  test('amqp 56: an end that is old, or before the event itself, is not told', async () => {
    gateway.events.append(place, 'a');
    gateway.events.append(place, 'b');
    const told: unknown[] = [];
    const { receiver } = open({}, {
      credit_window: 0,
      desired_capabilities: [
        rhea.types.wrap_symbol('com.microsoft:enable-receiver-runtime-metric'),
      ],
    } as never);
    receiver.on('message', ({ message }: EventContext) => told.push(message?.delivery_annotations));
    await once(receiver as unknown as EventEmitter, 'receiver_open');
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 1_001);
    receiver.add_credit(1);
    await eventually(() => told.length === 1);
    receiver.add_credit(1);
    await eventually(() => told.length === 2);
    clock.mockRestore();
    gateway.events.append(place, 'c');
    gateway.events.append(place, 'd');
    receiver.add_credit(1);
    await eventually(() => told.length === 3);

    expect(told).toEqual([
      undefined,
      expect.objectContaining({ last_enqueued_sequence_number: 1 }),
      undefined,
    ]);
  });

  test('a reader whose hub is deleted, or whose policy counts no more, ends', async () => {
    const reader = open({});
    await once(reader.receiver as unknown as EventEmitter, 'receiver_open');
    await cutOff(gateway.table, hubUpdated({ revokedCredentialIds: ['service-policy/p/a'] }));
    await eventually(() => reader.error() !== undefined);

    expect(reader.error()?.condition).toBe('amqp:unauthorized-access');
    expect(gateway.events.readings).toBe(0);
    const again = open({});
    await once(again.receiver as unknown as EventEmitter, 'receiver_open');
    gateway.events.removePartitions();
    await eventually(() => again.error() !== undefined);
    expect(again.error()?.condition).toBe('amqp:not-found');
  });
});

test.each([
  ['/messages/events/$management', '/$management'],
  ['messages/events', ''],
  [
    '/messages/events/ConsumerGroups/$Default/Partitions/0',
    '/ConsumerGroups/$Default/Partitions/0',
  ],
])('amqp 50: %s is redirected', async (source, tail) => {
  const reader = open({ address: source });
  await eventually(() => reader.error() !== undefined);

  expect(reader.error()).toMatchObject({
    condition: 'amqp:link:redirect',
    info: {
      hostname: 'h.example.net',
      'network-host': 'h.example.net',
      port: 5_671,
      address: `amqps://h.example.net:5671/events.h${tail}`,
    },
  });
});

import { beforeEach, expect, test } from '@jest/globals';
import { eventuallyPasses } from '@linchpin/testing';
import {
  EventReaders,
  readersPerHubMax,
  unreleasedMax,
  type NewerReader,
} from './event-readers.js';
import { ReaderStoreAway } from './reader-claims.js';
import { FakeReaderStore } from './reader-claims.fake.js';

const place = { hub: 'h', hubGeneration: '7', consumerGroup: '$Default', partition: 0 };

let store: FakeReaderStore;
let gateways: Map<string, EventReaders>;
let stolen: [id: string, by: NewerReader | undefined][];

beforeEach(() => {
  store = new FakeReaderStore();
  gateways = new Map();
  stolen = [];
});

function gateway(gatewayId: string): EventReaders {
  const readers = new EventReaders({
    gatewayId,
    claims: store.gateway(gatewayId),
    peers: {
      endReader: (former, newer) => {
        gateways.get(former.gatewayId)?.end(former.id, newer);
        return Promise.resolve();
      },
    },
  });
  gateways.set(gatewayId, readers);
  return readers;
}

function opening(id: string, epoch?: bigint) {
  return {
    place,
    reader: { id, name: `name of ${id}`, epoch },
    onStolen: (newer: NewerReader | undefined) => void stolen.push([id, newer]),
  };
}

test('amqp 55: the newer of two with epochs ends the other, here or at another gateway', async () => {
  const [one, two] = [gateway('g1'), gateway('g2')];
  await one.open(opening('a', 0n));
  await two.open(opening('b', 0n));
  await two.open(opening('c', 7n));

  expect(stolen).toEqual([
    ['a', { name: 'name of b', epoch: 0n }],
    ['b', { name: 'name of c', epoch: 7n }],
  ]);
  expect([one.count, two.count]).toEqual([0, 1]);
});

test('a reader that is closed while it claims its place leaves it', async () => {
  const one = gateway('g1');
  const claim = store.holdClaims();
  const opened = one.open(opening('a', 3n));
  one.close(opening('a', 3n));
  claim();
  await opened;

  expect(await one.open(opening('b'))).toEqual({ kind: 'taken', former: [] });
});

test('one hub has a bound on its readers, and others have their own', async () => {
  const one = gateway('g1');
  const all = Array.from({ length: readersPerHubMax }, (_, partition) => ({
    ...opening(`r${partition}`),
    place: { ...place, partition },
  }));
  await Promise.all(all.map((each) => one.open(each)));

  expect(one.isFullFor('h')).toBe(true);
  expect(one.isFullFor('other')).toBe(false);
  one.close(all[0]!);
  one.close(all[0]!);
  expect(one.isFullFor('h')).toBe(false);
});

test('a reader that is refused is not kept', async () => {
  const one = gateway('g1');
  await one.open(opening('a', 3n));
  const answer = await one.open(opening('b'));

  expect(answer).toEqual({ kind: 'epoch-exists', name: 'name of a', epoch: 3n });
  expect(one.count).toBe(1);
});

test('a closed reader gives its place back, later when the store does not answer', async () => {
  const one = gateway('g1');
  const former = opening('a', 3n);
  await one.open(former);
  store.failure = new Error('no answer');
  one.close(former);
  await expect(one.keep()).rejects.toThrow('no answer');
  store.failure = undefined;
  await one.keep();

  expect(await one.open(opening('b'))).toEqual({ kind: 'taken', former: [] });
  expect(stolen).toEqual([]);
});

test('a claim that is not answered is taken back', async () => {
  const one = gateway('g1');
  store.failure = new Error('no answer');
  await expect(one.open(opening('a', 3n))).rejects.toThrow('no answer');
  store.failure = undefined;
  await eventuallyPasses(() => {
    expect(one.count).toBe(0);
  });
  await one.keep();

  expect(await one.open(opening('b'))).toEqual({ kind: 'taken', former: [] });
});

test('a claim that was never sent is forgotten', async () => {
  const one = gateway('g1');
  store.failure = new ReaderStoreAway();
  await expect(one.open(opening('a', 3n))).rejects.toThrow(ReaderStoreAway);
  store.failure = undefined;
  await one.keep();

  expect(one.count).toBe(0);
  expect(store.released).toEqual([]);
});

test('no reader is opened while too many places are not given back', async () => {
  const one = gateway('g1');
  store.failure = new Error('no answer');
  for (let number = 0; number < unreleasedMax; number++) {
    await expect(one.open(opening(`r${number}`))).rejects.toThrow('no answer');
  }

  store.failure = undefined;
  await expect(one.open(opening('a'))).rejects.toThrow(ReaderStoreAway);
  await one.keep();
  expect(await one.open(opening('a'))).toEqual({ kind: 'taken', former: [] });
});

test('readers go on while the store does not answer, and are known again afterwards', async () => {
  const [one, two] = [gateway('g1'), gateway('g2')];
  await one.open(opening('a', 3n));
  store.failure = new Error('no answer');
  await expect(one.keep()).rejects.toThrow('no answer');
  store.failure = undefined;
  store.forget(place);
  await one.keep();

  expect(stolen).toEqual([]);
  expect((await two.open(opening('b', 2n))).kind).toBe('epoch-exists');
});

test('a reader whose place another has taken unheard ends', async () => {
  const [one, two] = [gateway('g1'), gateway('g2')];
  await one.open(opening('a', 3n));
  gateways.delete('g1');
  await two.open(opening('b', 3n));
  await one.keep();

  expect(stolen).toEqual([['a', undefined]]);
  expect(one.count).toBe(0);
});

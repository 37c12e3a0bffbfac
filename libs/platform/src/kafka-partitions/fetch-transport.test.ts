import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { TimeoutError, type Callback, type Connection } from '@platformatic/kafka';
import type { LibraryClient } from './broker-client.js';
import { FetchTransport } from './fetch-transport.js';
import type { KafkaConnection } from '../kafka/kafka-connection.js';

const brokers = ['b0:9092', 'b1:9092', 'b2:9092'];
const limits = { waitMs: 100, bytesMax: 1_000, partitionBytesMax: 1_000 };
const position = { topicId: '00000000-0000-4000-8000-000000000001', partition: 0, offset: 0 };

/** Three brokers behind the library's client; the partition of a number is led by the node of the number. */
class FakeCluster {
  /** Take connections and requests, and answer none. */
  readonly hanging = new Set<number>();
  readonly nodes = new Map(brokers.map((_, node) => [node, { host: `b${node}`, port: 9092 }]));
  readonly metadataAsked: string[] = [];
  /** Of healthy nodes, in the order in which they came. */
  readonly underWay: Callback<unknown>[] = [];
  closed = 0;

  create({ brokers: [first = ''] }: KafkaConnection, timeoutMs: number): LibraryClient {
    const giveUp = (callback: Callback<never>): void => {
      setTimeout(() => {
        callback(new TimeoutError('Request timed out'), null as never);
      }, timeoutMs);
    };
    const failing = new Set<Callback<unknown>>();
    let known: object | undefined;
    const client = {
      metadata: ({ forceUpdate }: { forceUpdate: boolean }) => {
        if (known !== undefined && !forceUpdate) {
          return Promise.resolve(known);
        }
        this.metadataAsked.push(first);
        const partitions = brokers.map((_, leader) => ({ leader }));
        known = { brokers: new Map(this.nodes), topics: new Map([['t', { partitions }]]) };
        return this.hanging.has(brokers.indexOf(first))
          ? new Promise((_, reject) => {
              giveUp(reject);
            })
          : Promise.resolve(known);
      },
      connections: {
        get: ({ host }: { host: string }) => {
          const isHanging = this.hanging.has(brokers.indexOf(`${host}:9092`));
          const send = (...parameters: unknown[]): void => {
            const callback = parameters.at(-1) as Callback<unknown>;
            if (isHanging) {
              giveUp(callback);
            } else {
              failing.add(callback);
              this.underWay.push(callback);
            }
          };
          return Promise.resolve({ send } as unknown as Connection);
        },
      },
      close: () => {
        this.closed += 1;
        for (const callback of failing) {
          callback(new Error('Connection closed'), undefined);
        }
      },
    };
    return client as unknown as LibraryClient;
  }
}

let cluster: FakeCluster;
let transport: FetchTransport;

beforeEach(() => {
  jest.useFakeTimers();
  cluster = new FakeCluster();
  transport = new FetchTransport({ brokers, clientId: 'test' }, 15_000, (connection, timeoutMs) =>
    cluster.create(connection, timeoutMs),
  );
});

afterEach(() => {
  jest.useRealTimers();
});

test.each<[string, () => Promise<unknown>]>([
  ['extent', () => transport.extentOf('t', 2)],
  ['offset', () => transport.offsetAt('t', 2, 1_000)],
])(
  'a look-up of an %s at a broker that hangs ends after 5 s, and so do its repetitions',
  async (_, ask) => {
    cluster.hanging.add(2);
    const outcome = expect(ask()).rejects.toThrow('did not answer in time');
    await jest.advanceTimersByTimeAsync(5_000);
    await outcome;
    await jest.advanceTimersByTimeAsync(3_000);
    expect(jest.getTimerCount()).toBe(0);
  },
);

test('a broker that hangs takes no request with it that is under way to another', async () => {
  cluster.hanging.add(2);
  const hung = expect(transport.fetch(2, [position], limits)).rejects.toThrow('timed out');
  const other = transport.fetch(1, [position], limits);
  await jest.advanceTimersByTimeAsync(15_000);
  await hung;
  expect(cluster.closed).toBe(1);
  cluster.underWay[0]?.(null, []);
  expect(await other).toEqual([]);
});

/** From a node that is healthy. */
async function fetchAnswered(node: number): Promise<unknown> {
  const fetched = transport.fetch(node, [position], limits);
  await jest.advanceTimersByTimeAsync(0);
  cluster.underWay.shift()?.(null, []);
  return fetched;
}

test('a broker that was away at the first look is found', async () => {
  cluster.nodes.delete(2);
  const outcome = expect(transport.fetch(2, [position], limits)).rejects;
  await outcome.toMatchObject({ apiId: 'NOT_LEADER_OR_FOLLOWER' });
  cluster.nodes.set(2, { host: 'b2', port: 9092 });
  expect(await fetchAnswered(2)).toEqual([]);
});

test('a broker that has moved is found when its former address fails', async () => {
  cluster.hanging.add(2);
  const hung = expect(transport.fetch(2, [position], limits)).rejects.toThrow('timed out');
  await jest.advanceTimersByTimeAsync(15_000);
  await hung;
  cluster.nodes.set(2, { host: 'b3', port: 9092 });
  expect(await fetchAnswered(2)).toEqual([]);
});

test('the brokers are asked once where each is, as long as they answer', async () => {
  for (const node of [0, 1, 2, 0]) {
    await fetchAnswered(node);
  }
  expect(cluster.metadataAsked).toEqual(['b0:9092']);
});

test('another broker is asked what any can answer when the first hangs', async () => {
  cluster.hanging.add(0);
  const outcome = expect(transport.leaderOf('t', 1, true)).rejects.toThrow('timed out');
  await jest.advanceTimersByTimeAsync(3_000);
  await outcome;
  expect(await transport.leaderOf('t', 1, true)).toBe(1);
  expect(cluster.metadataAsked).toEqual(['b0:9092', 'b1:9092']);
});

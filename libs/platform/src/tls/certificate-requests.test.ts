import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CertificateRequests } from './certificate-requests.js';

/** A client that has sent so much. */
class Client {
  destroyed = false;
  isAsked: boolean | undefined;

  constructor(
    readonly origin: string,
    public bytesRead = 0,
  ) {}

  destroy(): this {
    this.destroyed = true;
    return this;
  }
}

let requests: CertificateRequests;

beforeEach(() => {
  jest.useFakeTimers();
  requests = new CertificateRequests();
});

afterEach(() => {
  jest.useRealTimers();
});

async function arrive(clients: readonly Client[]): Promise<void> {
  for (const client of clients) {
    void requests.begin(client.origin, client as never).then((isAsked) => {
      client.isAsked = isAsked;
    });
  }
  await jest.advanceTimersByTimeAsync(0);
}

async function end(client: Client, bytes: number): Promise<boolean> {
  client.bytesRead = bytes;
  const isFine = requests.succeeded(client.origin, client as never, shownOf(bytes) as never);
  await jest.advanceTimersByTimeAsync(0);
  return isFine;
}

/** A connection by which certificates of so many bytes were shown. */
function shownOf(bytes: number): object {
  const top = { raw: Buffer.alloc(100), issuerCertificate: {} };
  top.issuerCertificate = top;
  const certificate = { raw: Buffer.alloc(bytes - 100), issuerCertificate: top };
  return { getPeerCertificate: () => certificate };
}

/** Somebody of the origin shakes hands and has sent so much at the end. */
async function shakeHands(origin: string, bytes: number): Promise<Client> {
  const client = new Client(origin);
  await arrive([client]);
  await end(client, bytes);
  return client;
}

const some = (count: number, origin: string): Client[] =>
  Array.from({ length: count }, () => new Client(origin));
const asked = (clients: readonly Client[]): number =>
  clients.filter(({ isAsked }) => isAsked).length;

describe('of one origin', () => {
  test('sixteen are asked at a time, and the others wait for their turn', async () => {
    const clients = some(40, '192.0.2.1');
    const others = some(3, '192.0.2.2');
    await arrive([...clients, ...others]);
    expect([asked(clients), asked(others)]).toEqual([16, 3]);
    await end(clients[0]!, 4_000);
    await end(clients[0]!, 4_000);
    await end(clients[5]!, 4_000);
    expect(clients.map(({ isAsked }) => isAsked)).toEqual([
      ...Array<boolean>(18).fill(true),
      ...Array<undefined>(22).fill(undefined),
    ]);
  });

  test('who is gone when his turn comes takes nobody’s place', async () => {
    const clients = some(18, '192.0.2.1');
    await arrive(clients);
    clients[16]?.destroy();
    await end(clients[0]!, 4_000);
    expect([clients[16]?.isAsked, clients[17]?.isAsked]).toEqual([false, true]);
  });

  test('everybody is asked, however many come, whose chain is an honest one', async () => {
    for (let number = 0; number < 500; number++) {
      expect((await shakeHands('192.0.2.1', 12_288)).isAsked).toBe(true);
    }
  });
});

test('what comes behind the handshake is no part of it', async () => {
  const client = new Client('192.0.2.1');
  await arrive([client]);
  client.bytesRead = 64_000;
  expect(requests.succeeded(client.origin, client as never, shownOf(2_000) as never)).toBe(true);
  expect((await shakeHands('192.0.2.1', 1_000)).isAsked).toBe(true);
});

test('a handshake that fails costs what came of it', async () => {
  const client = new Client('192.0.2.1');
  await arrive([client]);
  client.bytesRead = 64_000;
  requests.failed(client.origin, client as never);
  expect((await shakeHands('192.0.2.1', 1_000)).isAsked).toBe(false);
});

describe('an origin that has cost too much', () => {
  test('is not asked until that is paid, and others are', async () => {
    const hostile = new Client('192.0.2.1');
    await arrive([hostile]);
    expect(await end(hostile, 99_000)).toBe(false);
    expect((await shakeHands('192.0.2.1', 1_000)).isAsked).toBe(false);
    expect((await shakeHands('192.0.2.2', 1_000)).isAsked).toBe(true);
    await jest.advanceTimersByTimeAsync(50_000);
    expect((await shakeHands('192.0.2.1', 1_000)).isAsked).toBe(false);
    await jest.advanceTimersByTimeAsync(10_000);
    expect((await shakeHands('192.0.2.1', 1_000)).isAsked).toBe(true);
  });

  test('makes nobody wait who is not asked', async () => {
    const clients = some(40, '192.0.2.1');
    await arrive(clients);
    await end(clients[0]!, 99_000);
    expect(clients.filter(({ isAsked }) => isAsked === undefined)).toEqual([]);
    expect(asked(clients)).toBe(16);
  });

  test('is found by many chains that are a little too large', async () => {
    const answers = [];
    for (let number = 0; number < 8; number++) {
      answers.push((await shakeHands('192.0.2.1', 18_000)).isAsked);
    }
    expect(answers).toEqual([...Array<boolean>(5).fill(true), false, false, false]);
  });
});

test('who sends too much without coming to an end is cut off', async () => {
  const [large, small] = [new Client('192.0.2.1'), new Client('192.0.2.1')];
  await arrive([large, small]);
  large.bytesRead = 64_000;
  small.bytesRead = 5_000;
  await jest.advanceTimersByTimeAsync(100);
  expect([large.destroyed, small.destroyed]).toEqual([true, false]);
  expect((await shakeHands('192.0.2.1', 1_000)).isAsked).toBe(false);
});

test('nothing is remembered of who owes nothing', async () => {
  for (let number = 0; number < 100; number++) {
    await shakeHands(`192.0.2.${number}`, 4_000);
  }
  await shakeHands('192.0.2.200', 99_000);
  await jest.advanceTimersByTimeAsync(200);
  expect(requests.origins).toBe(1);
  await jest.advanceTimersByTimeAsync(120_000);
  expect(requests.origins).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
});

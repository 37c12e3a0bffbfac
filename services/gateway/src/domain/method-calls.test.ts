import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { MethodCalls, type MethodResponse, type SentMethod } from './method-calls.js';

const request = { name: 'reboot', payload: Buffer.from('null'), responseTimeoutMs: 30_000 };
const never = new AbortController().signal;

function setUp() {
  const sent: SentMethod[] = [];
  const calls = new MethodCalls((method) => sent.push(method));
  /** The outcome as one word: the error's code, or what the device said. */
  const call = async (given: Partial<typeof request> = {}, signal = never): Promise<string> => {
    try {
      const { status, payload }: MethodResponse = await calls.call(
        { ...request, ...given },
        signal,
      );
      return `${status} ${payload.toString()}`;
    } catch (error) {
      return (error as HubError).code;
    }
  };
  return { calls, sent, call };
}

afterEach(() => {
  jest.useRealTimers();
});

test.each([[200], [404], [-1], [0], [2_147_483_648]])(
  'device-mqtt 48: the status %d reaches the caller unchanged, and so do the bytes',
  async (status) => {
    const { calls, sent, call } = setUp();
    const outcome = call();
    calls.respond(sent[0]?.requestId ?? '', status, Buffer.from(' {"a": 1e2, "a":2} '));
    expect(await outcome).toBe(`${status}  {"a": 1e2, "a":2} `);
  },
);

test('a response without a body is null', async () => {
  const { calls, call } = setUp();
  const outcome = call();
  calls.respond('1', 200, Buffer.alloc(0));
  expect(await outcome).toBe('200 null');
});

test('request ids are of [0-9a-z], each used once', async () => {
  const { calls, sent, call } = setUp();
  for (let index = 0; index < 40; index++) {
    const outcome = call();
    calls.respond(sent.at(-1)?.requestId ?? '', 200, Buffer.alloc(0));
    await outcome;
  }
  const ids = sent.map(({ requestId }) => requestId);
  expect(new Set(ids).size).toBe(40);
  expect(ids.filter((id) => !/^[0-9a-z]+$/.test(id))).toEqual([]);
});

test('responses may come in another order; one of another id answers nobody', async () => {
  const { calls, call } = setUp();
  const outcomes = [call(), call()];
  calls.respond('3', 500, Buffer.from('3'));
  calls.respond('2', 200, Buffer.from('2'));
  calls.respond('2', 500, Buffer.from('again'));
  calls.respond('1', 200, Buffer.from('1'));
  expect(await Promise.all(outcomes)).toEqual(['200 1', '200 2']);
  calls.respond('1', 500, Buffer.from('late'));
});

describe('a response that is none', () => {
  test.each([
    ['no JSON', Buffer.from('{'), 'GenericBadGateway'],
    ['white space alone', Buffer.from(' '), 'GenericBadGateway'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'GenericBadGateway'],
    ['deeper than any stack', Buffer.from('['.repeat(100_000)), 'GenericBadGateway'],
    ['of 131,073 bytes', Buffer.from(`"${'x'.repeat(131_071)}"`), 'MessageTooLarge'],
  ])('%s', async (_, payload, code) => {
    const { calls, call } = setUp();
    const outcome = call();
    calls.respond('1', 200, payload);
    expect(await outcome).toBe(code);
  });

  test('of 131,072 bytes is one', async () => {
    const { calls, call } = setUp();
    const outcome = call();
    calls.respond('1', 200, Buffer.from(`"${'x'.repeat(131_070)}"`));
    expect(await outcome).toMatch(/^200 "x/);
  });
});

test('device-mqtt 50: without a response in time the caller hears so, and a late one is dropped', async () => {
  jest.useFakeTimers();
  const { calls, call } = setUp();
  const outcome = call({ responseTimeoutMs: 5_000 });
  await jest.advanceTimersByTimeAsync(4_999);
  expect(jest.getTimerCount()).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(await outcome).toBe('GatewayTimeout');
  calls.respond('1', 200, Buffer.alloc(0));
  expect(jest.getTimerCount()).toBe(0);
});

test('ten are in flight at most; each end makes room', async () => {
  jest.useFakeTimers();
  const { calls, sent, call } = setUp();
  const taken = new AbortController();
  const outcomes = Array.from({ length: 10 }, () => call({}, taken.signal));
  expect(await call()).toBe('DeviceMaximumInflightMethodExceeded');
  expect(sent).toHaveLength(10);
  calls.respond('1', 200, Buffer.alloc(0));
  await outcomes[0];
  const more = call();
  expect(sent).toHaveLength(11);
  taken.abort();
  expect(new Set(await Promise.all(outcomes.slice(1)))).toEqual(new Set(['RequestCanceled']));
  calls.end();
  expect(await more).toBe('DeviceConnectionClosedRemotely');
  expect(jest.getTimerCount()).toBe(0);
});

test('a request that was taken back before is not waited for', async () => {
  const { call } = setUp();
  expect(await call({}, AbortSignal.abort())).toBe('RequestCanceled');
});

test('what cannot be sent takes no place', async () => {
  const error = new HubError('DeviceUnavailable', 'full');
  const calls = new MethodCalls(() => {
    throw error;
  });
  for (let index = 0; index < 11; index++) {
    await expect(calls.call(request, never)).rejects.toBe(error);
  }
});

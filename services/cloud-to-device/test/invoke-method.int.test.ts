import { once, setMaxListeners } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliverMethodRequest } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { HubError } from '@linchpin/wire';
import { knownIdentity, MethodsUnderTest } from './support/methods-under-test.js';

let methods: MethodsUnderTest;

beforeAll(async () => {
  methods = await MethodsUnderTest.start();
});

beforeEach(async () => {
  methods.lookedUp.length = 0;
  methods.find = () => ({ identity: knownIdentity });
  await methods.redis.del(methods.keys.presence('hub-a/d1'));
});

afterAll(() => methods.stop());

function answerOf(text: string, status = 200n) {
  return { status, payloadJson: Buffer.from(text) };
}

describe('a device that is connected', () => {
  test('is asked by its gateway, and each byte goes through as it is', async () => {
    const asked: DeliverMethodRequest[] = [];
    const gateway = await methods.startGateway((request) => {
      asked.push(request);
      return Promise.resolve(answerOf('{ "a": 1.0, "b":"\\u0000" }', -7n));
    });
    await methods.connect('hub-a/d1/m1', gateway.address);
    const payloadJson = Buffer.from('[ 1e400, {"a":1,"a":2} ]');

    await expect(
      methods.invoke({ moduleId: 'm1', payloadJson, responseTimeoutSeconds: 5 }),
    ).resolves.toEqual(answerOf('{ "a": 1.0, "b":"\\u0000" }', -7n));
    expect(asked).toEqual([
      {
        connectionId: 'connection of hub-a/d1/m1',
        methodName: 'reboot',
        payloadJson,
        responseTimeoutSeconds: 5,
      },
    ]);
    expect(methods.lookedUp).toEqual([]);
  });

  test('to an earlier hub of the name is none of the hub', async () => {
    const gateway = await methods.startGateway(() => Promise.resolve(answerOf('1')));
    await methods.connect('hub-a/d1', gateway.address, { hubGeneration: 'g0' });

    await expect(methods.invoke()).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    await expect(methods.invoke({ hubGeneration: '' })).rejects.toMatchObject({
      code: 'DeviceNotOnline',
    });
  });

  test.each([
    ['DeviceMaximumInflightMethodExceeded', 'Too many.'],
    ['GatewayTimeout', 'Too late.'],
    ['DeviceConnectionClosedRemotely', 'It left.'],
    ['GenericBadGateway', 'No JSON.'],
    ['MessageTooLarge', 'Too large.'],
  ] as const)('may fail as its gateway says: %s', async (code, message) => {
    const gateway = await methods.startGateway(() => Promise.reject(new HubError(code, message)));
    await methods.connect('hub-a/d1', gateway.address);

    await expect(methods.invoke({ connectTimeoutSeconds: 10 })).rejects.toMatchObject({
      code,
      message,
    });
  });
});

describe('a device that is not connected', () => {
  test('is looked up in the hub of its generation, and not online', async () => {
    await expect(methods.invoke({ moduleId: 'm2' })).rejects.toMatchObject({
      code: 'DeviceNotOnline',
      details: { timeout: '00:00:00' },
    });
    expect(methods.lookedUp).toEqual([
      { hub: 'hub-a', deviceId: 'd1', moduleId: 'm2', ofGeneration: 'g1' },
    ]);
  });

  test('since it does not exist, is not waited for', async () => {
    methods.find = () => {
      throw new HubError('DeviceNotFound', 'There is no such device.');
    };

    await expect(methods.invoke({ connectTimeoutSeconds: 300 })).rejects.toMatchObject({
      code: 'DeviceNotFound',
    });
  });

  test('is asked when it is announced, by the gateway to which it came', async () => {
    let isSubscribed = false;
    const gateway = await methods.startGateway(() =>
      isSubscribed
        ? Promise.resolve(answerOf('"here"'))
        : Promise.reject(new HubError('DeviceNotOnline', 'No subscription.')),
    );
    const outcome = methods.invoke({ connectTimeoutSeconds: 30 });
    await eventually(async () => (await methods.waitsFor('hub-a/d1')) === 1);
    await methods.connect('hub-a/d1', gateway.address);
    await methods.announce('hub-a/d1');
    isSubscribed = true;
    await methods.announce('hub-a/d1');

    await expect(outcome).resolves.toEqual(answerOf('"here"'));
    await eventually(async () => (await methods.waitsFor('hub-a/d1')) === 0);
  });

  test('is not waited for longer than was said', async () => {
    const began = performance.now();

    await expect(methods.invoke({ connectTimeoutSeconds: 1 })).rejects.toMatchObject({
      code: 'DeviceNotOnline',
      message: 'Timed out waiting for device to connect.',
      details: { timeout: '00:00:01' },
    });
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

describe('a gateway that died', () => {
  test('while it asked the device, ends the call', async () => {
    let isAsked = false;
    const gateway = await methods.startGateway(() => {
      isAsked = true;
      return new Promise(() => undefined);
    });
    await methods.connect('hub-a/d1', gateway.address);
    const outcome = methods.invoke({ responseTimeoutSeconds: 300, connectTimeoutSeconds: 300 });
    const failed = expect(outcome).rejects.toMatchObject({
      code: 'DeviceConnectionClosedRemotely',
    });
    await eventually(() => isAsked);
    gateway.stop();

    await failed;
  });

  test('before, is soon found out, and the device is asked where it connects again', async () => {
    const [dead, alive] = await Promise.all([
      methods.startGateway(() => Promise.resolve(answerOf('"dead"'))),
      methods.startGateway(() => Promise.resolve(answerOf('"alive"'))),
    ]);
    dead.stop();
    await methods.connect('hub-a/d1', dead.address);

    await expect(methods.invoke()).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    const outcome = methods.invoke({ connectTimeoutSeconds: 30 });
    await methods.connect('hub-a/d1', alive.address, { connection: 'another' });
    await expect(outcome).resolves.toEqual(answerOf('"alive"'));
  });

  test('and leaves a machine that says nothing, is soon found out', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    methods.stopLater(() => silent.close());
    await methods.connect('hub-a/d1', `127.0.0.1:${port}`);

    await expect(methods.invoke()).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });
});

describe('a caller who leaves', () => {
  test('takes back what a device was asked', async () => {
    let left: AbortSignal | undefined;
    const gateway = await methods.startGateway((_request, signal) => {
      left = signal;
      return new Promise(() => undefined);
    });
    await methods.connect('hub-a/d1', gateway.address);
    const caller = new AbortController();
    const outcome = expect(methods.invoke({ signal: caller.signal })).rejects.toMatchObject({
      code: 'RequestCanceled',
    });
    await eventually(() => left !== undefined);
    caller.abort();

    await outcome;
    await eventually(() => left?.aborted === true);
    await eventually(async () => (await running()) === 0);
  });

  test('is not waited for any more', async () => {
    const caller = new AbortController();
    const outcome = expect(
      methods.invoke({ connectTimeoutSeconds: 300, signal: caller.signal }),
    ).rejects.toMatchObject({ code: 'RequestCanceled' });
    await eventually(async () => (await methods.waitsFor('hub-a/d1')) === 1);
    caller.abort();

    await outcome;
    await eventually(async () => (await methods.waitsFor('hub-a/d1')) === 0);
    await eventually(async () => (await running()) === 0);
  });
});

test('many calls that wait hold up nobody, be they all of one connection', async () => {
  const gateway = await methods.startGateway(() => Promise.resolve(answerOf('1')));
  await methods.connect('hub-b/d1', gateway.address);
  const callers = new AbortController();
  setMaxListeners(0, callers.signal);
  const waiting = Array.from({ length: 1_500 }, (_, number) =>
    methods.invoke({
      deviceId: `away-${number}`,
      connectTimeoutSeconds: 300,
      signal: callers.signal,
    }),
  );
  const ended = Promise.allSettled(waiting);
  await eventually(async () => (await running()) === 1_500);

  await expect(methods.invoke({ hub: 'hub-b' })).resolves.toEqual(answerOf('1'));
  expect(await running()).toBe(1_500);

  callers.abort();
  const outcomes = await ended;
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
});

test('what ended is counted, with its bytes', async () => {
  const text = await metrics();

  expect(text).toMatch(/iothub_methods_total\{[^}]*result="success"[^}]*\} [1-9]/);
  expect(text).toMatch(/iothub_methods_total\{[^}]*result="failure"[^}]*\} [1-9]/);
  expect(text).toMatch(/iothub_method_request_bytes_count\S* [1-9]/);
  expect(text).toMatch(/iothub_method_response_bytes_count\S* [1-9]/);
});

async function metrics(): Promise<string> {
  // A connection that was kept may be closed just then.
  const headers = { connection: 'close' };
  return (await fetch(`${methods.probeUrl}/metrics`, { headers })).text();
}

async function running(): Promise<number> {
  return Number(/^linchpin_methods_running\S* (\d+)$/m.exec(await metrics())?.[1]);
}

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { CallPlaces } from './call-places.js';
import { FakeDevices } from './device-gateways.fake.js';
import { InvokeMethod } from './invoke-method.js';
import type { MethodCall } from './method-call.js';

const device = { deviceId: 'd1' };
const answer = { status: 200n, payload: Buffer.from('{"done":true}') };
let devices: FakeDevices;
let places: CallPlaces;
let methods: InvokeMethod;
/** Identities that were looked up. */
let asked: object[];
let missing: HubError | undefined;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  devices = new FakeDevices();
  places = new CallPlaces(1024 * 1024 * 1024);
  asked = [];
  missing = undefined;
  methods = new InvokeMethod({
    presence: devices,
    arrivals: devices,
    gateways: devices,
    identities: {
      generationOf: ({ hub }, identity) => {
        asked.push({ hub, ...identity });
        return missing === undefined ? Promise.resolve('i1') : Promise.reject(missing);
      },
    },
    places,
  });
});

afterEach(() => {
  jest.useRealTimers();
  // Whatever came of the calls, nothing of them is left.
  expect({
    running: methods.running,
    heldBytes: places.heldBytes,
    watches: devices.watches,
  }).toEqual({ running: 0, heldBytes: 0, watches: 0 });
});

function invoke(members: Partial<MethodCall> = {}, caller = new AbortController().signal) {
  const call = {
    hub: 'hub-a',
    hubGeneration: 'g1',
    identity: device,
    methodName: 'reboot',
    payload: Buffer.from('{ "delay": 1.0 }'),
    connectTimeoutSeconds: 0,
    responseTimeoutSeconds: 30,
    ...members,
  };
  const outcome = methods.invoke(call, caller);
  // Looked at when the test comes to it.
  outcome.catch(() => undefined);
  return outcome;
}

/** All that needs no time has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(setImmediate);
  }
}

async function pass(seconds: number): Promise<void> {
  await settled();
  for (let second = 0; second < seconds; second++) {
    jest.advanceTimersByTime(1_000);
    devices.secondOver();
    await settled();
  }
}

describe('a device that is connected', () => {
  test('is asked once, and its answer comes back', async () => {
    devices.hold('hub-a', device);
    devices.answers.set('c1', answer);

    await expect(invoke()).resolves.toBe(answer);

    expect(devices.deliveries).toMatchObject([
      {
        connectionId: 'c1',
        call: { methodName: 'reboot', payload: Buffer.from('{ "delay": 1.0 }') },
      },
    ]);
    expect(asked).toEqual([]);
  });

  test('without a subscription to methods is not online, and known all the same', async () => {
    devices.hold('hub-a', device);
    devices.answers.set('c1', undefined);

    await expect(invoke()).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    expect(asked).toEqual([]);
  });

  test('to an earlier hub of the name is none of this hub', async () => {
    devices.hold('hub-a', device, { hubGeneration: 'g0' });

    await expect(invoke()).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    expect(devices.deliveries).toEqual([]);
  });

  test('to another hub, or as another identity, is not asked', async () => {
    devices.hold('hub-b', device);
    devices.hold('hub-a', { ...device, moduleId: 'm1' });
    devices.hold('hub-a', { deviceId: 'D1' });

    await expect(invoke()).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    expect(devices.deliveries).toEqual([]);
  });

  test('whose gateway refuses, is refused in its words', async () => {
    devices.hold('hub-a', device);
    const outcome = invoke({ connectTimeoutSeconds: 10 });
    await settled();
    devices.deliveries[0]!.fail(new HubError('GatewayTimeout', 'Too late.'));

    await expect(outcome).rejects.toMatchObject({ code: 'GatewayTimeout', message: 'Too late.' });
    expect(devices.deliveries).toHaveLength(1);
  });
});

describe('a device that is not connected', () => {
  test('is not online, and was looked up', async () => {
    await expect(invoke()).rejects.toMatchObject({
      code: 'DeviceNotOnline',
      message: 'Device d1 is not connected, or has not subscribed to methods.',
      details: { timeout: '00:00:00' },
    });
    expect(asked).toEqual([{ hub: 'hub-a', deviceId: 'd1' }]);
  });

  test.each([
    ['DeviceNotFound', device],
    ['ModuleNotFound', { ...device, moduleId: 'm1' }],
  ] as const)('because it does not exist is %s, and is not waited for', async (code, identity) => {
    missing = new HubError(code, 'There is none.');

    await expect(invoke({ identity, connectTimeoutSeconds: 300 })).rejects.toMatchObject({ code });
    expect(asked).toEqual([{ hub: 'hub-a', ...identity }]);
  });

  test('is waited for', async () => {
    const outcome = invoke({ connectTimeoutSeconds: 10 });
    await pass(9);
    devices.hold('hub-a', device);
    devices.answers.set('c1', answer);
    devices.announce('hub-a', device);

    await expect(outcome).resolves.toBe(answer);
    expect(asked).toHaveLength(1);
  });

  test('is found within a second though nobody announced it', async () => {
    const outcome = invoke({ connectTimeoutSeconds: 10 });
    await pass(2);
    devices.hold('hub-a', device);
    devices.answers.set('c1', answer);
    await pass(1);

    await expect(outcome).resolves.toBe(answer);
  });

  test('is found though it came while the wait began', async () => {
    const watch = devices.watch.bind(devices);
    devices.watch = (hub, identity) => {
      devices.hold('hub-a', device);
      devices.answers.set('c1', answer);
      return watch(hub, identity);
    };

    await expect(invoke({ connectTimeoutSeconds: 10 })).resolves.toBe(answer);
  });

  test('is not waited for longer than was said', async () => {
    const outcome = invoke({ connectTimeoutSeconds: 70 });
    await pass(69);
    expect(methods.running).toBe(1);
    await pass(1);

    await expect(outcome).rejects.toMatchObject({
      code: 'DeviceNotOnline',
      message: 'Timed out waiting for device to connect.',
      details: { timeout: '00:01:10' },
    });
  });

  test('is given up before its back end gives up, which waits as long', async () => {
    const outcome = invoke({ connectTimeoutSeconds: 10 });
    await pass(9);
    jest.advanceTimersByTime(900);

    await expect(outcome).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });

  test('may take its time to answer when it came at last', async () => {
    const outcome = invoke({ connectTimeoutSeconds: 2 });
    await pass(1);
    devices.hold('hub-a', device);
    devices.announce('hub-a', device);
    await pass(20);
    devices.deliveries[0]!.settle(answer);

    await expect(outcome).resolves.toBe(answer);
  });

  test('and is made again while it is waited for, is not asked', async () => {
    const outcome = invoke({ connectTimeoutSeconds: 3 });
    await pass(1);
    devices.hold('hub-a', device, { generationId: 'i2' });
    devices.answers.set('c1', answer);
    devices.announce('hub-a', device);
    await pass(2);

    await expect(outcome).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    expect(devices.deliveries).toEqual([]);
  });

  test('because its gateway died is asked where it connects again', async () => {
    devices.hold('hub-a', device, { address: undefined });
    const outcome = invoke({ connectTimeoutSeconds: 10 });
    await pass(2);
    expect(devices.deliveries).toEqual([]);
    devices.hold('hub-a', device, { connectionId: 'c2' });
    devices.answers.set('c2', answer);
    await pass(1);

    await expect(outcome).resolves.toBe(answer);
  });
});

describe('a connection that cannot take the call yet', () => {
  test('is asked when it is announced, and but rarely otherwise', async () => {
    devices.hold('hub-a', device);
    devices.answers.set('c1', undefined);
    const outcome = invoke({ connectTimeoutSeconds: 60 });
    await settled();
    const before = devices.deliveries.length;
    await pass(9);
    expect(devices.deliveries).toHaveLength(before);
    await pass(2);
    expect(devices.deliveries).toHaveLength(before + 1);
    devices.answers.set('c1', answer);
    devices.announce('hub-a', device);

    await expect(outcome).resolves.toBe(answer);
    expect(devices.deliveries).toHaveLength(before + 2);
  });

  test('gives way to the next one of the device', async () => {
    devices.hold('hub-a', device);
    devices.answers.set('c1', undefined);
    const outcome = invoke({ connectTimeoutSeconds: 60 });
    await pass(1);
    devices.hold('hub-a', device, { connectionId: 'c2' });
    devices.answers.set('c2', answer);
    await pass(1);

    await expect(outcome).resolves.toBe(answer);
  });
});

describe('a caller who leaves', () => {
  test('while the device is waited for, ends the wait', async () => {
    const caller = new AbortController();
    const outcome = invoke({ connectTimeoutSeconds: 300 }, caller.signal);
    await pass(2);
    caller.abort();

    await expect(outcome).rejects.toMatchObject({ code: 'RequestCanceled' });
    const { looks } = devices;
    await pass(2);
    expect(devices.looks).toBe(looks);
  });

  test('takes back what is on its way', async () => {
    devices.hold('hub-a', device);
    const caller = new AbortController();
    const outcome = invoke({}, caller.signal);
    await settled();
    caller.abort();
    const [delivery] = devices.deliveries;
    expect(delivery?.signal.aborted).toBe(true);
    delivery?.fail(new HubError('ServerError', 'cancelled'));

    await expect(outcome).rejects.toMatchObject({ code: 'RequestCanceled' });
  });

  test('before anything was done leaves the device alone', async () => {
    devices.hold('hub-a', device);

    await expect(invoke({}, AbortSignal.abort())).rejects.toMatchObject({
      code: 'RequestCanceled',
    });
    expect(devices.deliveries).toEqual([]);
  });
});

describe('a process that stops', () => {
  test('lets devices answer that were asked, and waits for no other', async () => {
    devices.hold('hub-a', device);
    const onItsWay = invoke();
    const waiting = invoke({ identity: { deviceId: 'd2' }, connectTimeoutSeconds: 300 });
    await settled();
    methods.stopWaiting();

    await expect(waiting).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      retryAfterMs: 1_000,
    });
    await expect(
      invoke({ identity: { deviceId: 'd2' }, connectTimeoutSeconds: 300 }),
    ).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    devices.deliveries[0]!.settle(answer);
    await expect(onItsWay).resolves.toBe(answer);
  });

  test('takes back what is still on its way in the end', async () => {
    devices.hold('hub-a', device);
    const outcome = invoke();
    await settled();
    methods.stop();
    devices.deliveries[0]!.fail(new HubError('RequestCanceled', 'cancelled'));

    await expect(outcome).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
});

test('no more wait for a device than it would be sent at once, and others wait for theirs', async () => {
  const callers = Array.from({ length: 10 }, () => new AbortController());
  const waiting = callers.map(({ signal }) => invoke({ connectTimeoutSeconds: 300 }, signal));
  await settled();

  await expect(invoke({ connectTimeoutSeconds: 300 })).rejects.toMatchObject({
    code: 'DeviceMaximumInflightMethodExceeded',
  });
  const leave = new AbortController();
  const other = invoke({ identity: { deviceId: 'd2' }, connectTimeoutSeconds: 300 }, leave.signal);
  callers[0]?.abort();
  await settled();
  const next = invoke({ connectTimeoutSeconds: 1 });
  await settled();
  expect(methods.running).toBe(11);

  leave.abort();
  callers.forEach((caller) => {
    caller.abort();
  });
  await pass(1);
  await expect(next).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  await Promise.allSettled([...waiting, other]);
});

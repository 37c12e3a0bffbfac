import { setMaxListeners } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { MethodsUnderTest } from './support/methods-under-test.js';

let methods: MethodsUnderTest;

afterEach(() => methods.stop());

describe('a process that stops', () => {
  test('lets a device answer that was asked, and ends waits', async () => {
    methods = await MethodsUnderTest.start();
    let answer: () => void = () => undefined;
    const gateway = await methods.startGateway(
      () =>
        new Promise((resolve) => {
          answer = () => {
            resolve({ status: 200n, payloadJson: Buffer.from('1') });
          };
        }),
    );
    await methods.connect('hub-a/d1', gateway.address);
    const asked = methods.invoke();
    const waiting = methods.invoke({ deviceId: 'd2', connectTimeoutSeconds: 300 });
    const waited = expect(waiting).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await eventually(async () => (await methods.waitsFor('hub-a/d2')) === 1);
    const stopped = methods.stop();
    await waited;
    answer();

    await expect(asked).resolves.toMatchObject({ status: 200n });
    await stopped;
  });

  test('does so in time, whatever devices do', async () => {
    methods = await MethodsUnderTest.start({ LINCHPIN_SHUTDOWN_TIMEOUT_MS: '3000' });
    let isAsked = false;
    const gateway = await methods.startGateway(() => {
      isAsked = true;
      return new Promise(() => undefined);
    });
    await methods.connect('hub-a/d1', gateway.address);
    const outcome = expect(methods.invoke({ responseTimeoutSeconds: 300 })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    await eventually(() => isAsked);
    const began = performance.now();
    await methods.stop();

    expect(performance.now() - began).toBeLessThan(3_000);
    await outcome;
  });
});

test('a hub that fills its part leaves room for others', async () => {
  methods = await MethodsUnderTest.start({ LINCHPIN_METHOD_CALLS_MIB_MAX: '1' });
  const gateway = await methods.startGateway(() =>
    Promise.resolve({ status: 200n, payloadJson: Buffer.from('1') }),
  );
  await methods.connect('hub-b/d1', gateway.address);
  const callers = new AbortController();
  setMaxListeners(0, callers.signal);
  const flood = Array.from({ length: 200 }, (_, number) =>
    methods
      .invoke({
        deviceId: `away-${number}`,
        connectTimeoutSeconds: 300,
        signal: callers.signal,
      })
      .catch((error: unknown) => (error as { code: string }).code),
  );
  await expect(Promise.race(flood)).resolves.toBe('ServiceUnavailable');

  await expect(methods.invoke({ hub: 'hub-b' })).resolves.toMatchObject({ status: 200n });
  callers.abort();
  const ends = await Promise.all(flood);
  expect(ends.filter((code) => code === 'RequestCanceled').length).toBe(7);
});

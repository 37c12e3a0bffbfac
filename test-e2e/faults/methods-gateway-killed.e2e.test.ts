/** A gateway dies while methods are called on its devices: each caller learns what became of the call. */
import { expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { eventsTopic } from '../support/device-client.js';
import { inParallel } from '../support/in-parallel.js';
import { invokeMethod, openForMethods, respond, takeMethod } from '../support/methods.js';
import { printFigures } from '../support/print-figures.js';
import { restart, signal, waitUntilHealthy } from '../support/processes.js';
import { createDevice } from '../support/registry.js';

test('kill -9 of a gateway: methods on their way end at once, those that follow wait for the device', async () => {
  const devices = await inParallel(Array.from({ length: 50 }), 10, async () => {
    const identity = await createDevice();
    return { identity, client: await openForMethods(identity, { gateway: 'gateway-1' }) };
  });
  const method = { methodName: 'm', responseTimeoutInSeconds: 300 };
  const asked = Promise.allSettled(devices.map(({ identity }) => invokeMethod(identity, method)));
  await Promise.all(devices.map(({ client }) => takeMethod(client, 'm')));
  const killedAt = performance.now();
  const pid = signal('gateway-1', 'SIGKILL');
  // Presence names the dead one yet.
  const [first, ...others] = devices;
  const offline = invokeMethod(first!.identity, method);
  const waiting = Promise.all(
    others.map(({ identity }) =>
      invokeMethod(identity, { ...method, connectTimeoutInSeconds: 60 }),
    ),
  );

  const outcomes = await asked;
  // Whose request was by the dead one, loses the connection.
  const answers = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  const toldMs = performance.now() - killedAt;
  expect(new Set(answers.map(({ error }) => error?.errorCode))).toEqual(new Set([404104]));
  expect(toldMs).toBeLessThan(5_000);
  expect((await offline).error?.errorCode).toBe(404103);
  expect(performance.now() - killedAt).toBeLessThan(10_000);

  const returned = await inParallel(others, 10, async ({ identity }) => {
    const client = await openForMethods(identity, { gateway: 'gateway-2' });
    const { requestId } = await takeMethod(client, 'm');
    respond(client, requestId, 200, '"here"');
    return client;
  });
  expect(new Set((await waiting).map(({ text }) => text))).toEqual(
    new Set(['{"status":200,"payload":"here"}']),
  );
  printFigures('methods after kill -9', { 'callers told after ms': Math.round(toldMs) });
  await Promise.all(returned.map((client) => client.disconnect()));
  await waitUntilHealthy('gateway-1', pid);
}, 120_000);

test('kill -9 of cloud-to-device: callers are told to try again, and devices take methods afterwards', async () => {
  const identity = await createDevice();
  const client = await openForMethods(identity);
  const lost = invokeMethod(identity, { methodName: 'lost', responseTimeoutInSeconds: 300 });
  await takeMethod(client, 'lost');
  const [outcome] = await Promise.all([lost, restart('cloud-to-device', 'SIGKILL')]);
  expect(outcome).toMatchObject({ status: 503, error: { errorCode: 503001 } });

  const nobody = { deviceId: `${identity.deviceId}-none` };
  await eventually(async () => (await invokeMethod(nobody, { methodName: 'm' })).status === 404);
  const next = invokeMethod(identity, { methodName: 'next' });
  respond(client, (await takeMethod(client, 'next')).requestId, 200, '1');
  expect(await next).toMatchObject({ status: 200 });
  await client.disconnect();
}, 120_000);

test('SIGSTOP of cloud-to-device: callers hear so by their time, telemetry goes on, and methods afterwards', async () => {
  const identity = await createDevice();
  const client = await openForMethods(identity);
  const soon = { methodName: 'asked', responseTimeoutInSeconds: 5 };
  const began = performance.now();
  const asked = invokeMethod(identity, soon);
  const { requestId } = await takeMethod(client, 'asked');
  signal('cloud-to-device', 'SIGSTOP');
  try {
    respond(client, requestId, 200, '"nobody hears"');
    const others = Array.from({ length: 20 }, () =>
      invokeMethod(identity, { ...soon, methodName: 'never' }),
    );
    await client.publish(eventsTopic(identity), 'meanwhile', 1);
    const outcomes = await Promise.all([asked, ...others]);
    expect(new Set(outcomes.map(({ status, error }) => `${status} ${error?.errorCode}`))).toEqual(
      new Set(['504 504101']),
    );
    expect(performance.now() - began).toBeLessThan(8_000);
    await client.publish(eventsTopic(identity), 'and still', 2);
  } finally {
    signal('cloud-to-device', 'SIGCONT');
  }

  const next = invokeMethod(identity, { methodName: 'next' });
  respond(client, (await takeMethod(client, 'next')).requestId, 200, '1');
  expect(await next).toMatchObject({ status: 200, text: '{"status":200,"payload":1}' });
  // Whose callers had given up by then.
  expect(client.commands.filter((command) => command === 'publish')).toHaveLength(2);
  await client.disconnect();
}, 120_000);

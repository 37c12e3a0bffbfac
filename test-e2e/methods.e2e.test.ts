/** Direct methods, from a back end's request to a device by the packet and back. */
import { describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { open } from './support/device-client.js';
import {
  invokeMethod,
  openForMethods,
  respond,
  subscribeToMethods,
  takeMethod,
} from './support/methods.js';
import { createDevice, createModule } from './support/registry.js';

const reboot = { methodName: 'reboot' };

describe('a method that is answered', () => {
  test('device-mqtt 47: is a PUBLISH of QoS 0 whose body is null when the caller gives none', async () => {
    const device = await createDevice();
    const client = await openForMethods(device);
    const outcome = invokeMethod(device, { methodName: 'component*reboot' });
    const method = await takeMethod(client, 'component*reboot');

    expect(method).toMatchObject({ payload: 'null', qos: 0, retain: false });
    expect(method.topic).toMatch(/^\$iothub\/methods\/POST\/component\*reboot\/\?\$rid=[0-9a-z]+$/);
    respond(client, method.requestId, 200);
    expect(await outcome).toMatchObject({ status: 200, text: '{"status":200,"payload":null}' });
    await client.disconnect();
  });

  test('device-mqtt 48: each byte of the response reaches the caller, and of the request the module', async () => {
    const { deviceId } = await createDevice();
    const module = await createModule(deviceId);
    const client = await openForMethods(module);
    const payload = '{ "a":1.0, "a":[1e400] , "é":"\\u0000" }';
    const outcome = invokeMethod(module, `{"methodName":"reboot","payload":${payload}}`);
    const method = await takeMethod(client, 'reboot');
    expect(method.payload).toBe(payload);

    // QoS 1, as Python's SDK responds.
    const topic = `$iothub/methods/res/-32768/?$rid=${method.requestId}&other=1`;
    await client.publish(topic, payload, 9);
    expect(await outcome).toMatchObject({
      status: 200,
      text: `{"status":-32768,"payload":${payload}}`,
    });
    await client.disconnect();
  });

  test('service-rest 47: is 200 whatever status the device gives', async () => {
    const device = await createDevice();
    const client = await openForMethods(device);
    const outcome = invokeMethod(device, reboot);
    const { requestId } = await takeMethod(client, 'reboot');
    respond(client, requestId, 500, '"broken"');

    expect(await outcome).toMatchObject({
      status: 200,
      text: '{"status":500,"payload":"broken"}',
    });
    await client.disconnect();
  });
});

describe('a device that is not there', () => {
  test('service-rest 45: is 404103 at once', async () => {
    const device = await createDevice();
    const began = performance.now();

    expect(await invokeMethod(device, reboot)).toMatchObject({
      status: 404,
      errorName: 'DeviceNotOnline',
      error: { errorCode: 404103, info: { timeout: '00:00:00' } },
    });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('service-rest 47: because it does not exist is 404001, a module 404010', async () => {
    const device = await createDevice();
    const none = { deviceId: `${device.deviceId}-none` };

    const waits = { ...reboot, connectTimeoutInSeconds: 300 };
    expect((await invokeMethod(none, waits)).error?.errorCode).toBe(404001);
    expect((await invokeMethod({ ...none, moduleId: 'm1' }, waits)).error?.errorCode).toBe(404001);
    const module = { deviceId: device.deviceId, moduleId: 'none' };
    expect((await invokeMethod(module, waits)).error?.errorCode).toBe(404010);
  });

  test('device-mqtt 49: is waited for until it has connected and subscribed, on whatever gateway', async () => {
    const device = await createDevice();
    const outcome = invokeMethod(device, { ...reboot, connectTimeoutInSeconds: 60 });
    const first = await open(device, {}, { gateway: 'gateway-1' });
    await first.disconnect();
    const client = await open(device, {}, { gateway: 'gateway-2' });
    await subscribeToMethods(client);
    const { requestId } = await takeMethod(client, 'reboot');
    respond(client, requestId, 200, '1');

    expect((await outcome).text).toBe('{"status":200,"payload":1}');
    await client.disconnect();
  });

  test('device-mqtt 49: or until the time is over', async () => {
    const device = await createDevice();
    const client = await open(device);
    const began = performance.now();

    expect(await invokeMethod(device, { ...reboot, connectTimeoutInSeconds: 1 })).toMatchObject({
      errorName: 'DeviceNotOnline',
      error: {
        errorCode: 404103,
        message: 'Timed out waiting for device to connect.',
        info: { timeout: '00:00:01' },
      },
    });
    expect(performance.now() - began).toBeGreaterThan(800);
    await client.disconnect();
  });

  test('but has kept its subscription, is there as soon as it connects', async () => {
    const device = await createDevice();
    const before = await open(device, { clean: false });
    await subscribeToMethods(before);
    await before.disconnect();
    const outcome = invokeMethod(device, { ...reboot, connectTimeoutInSeconds: 60 });
    const client = await open(device, { clean: false });
    const { requestId } = await takeMethod(client, 'reboot');
    respond(client, requestId, 204);

    expect((await outcome).text).toBe('{"status":204,"payload":null}');
    await client.disconnect();
  });
});

describe('a method that is not answered', () => {
  test('service-rest 46, device-mqtt 50: is 504101 after its time, and a late response is ignored', async () => {
    const device = await createDevice();
    const client = await openForMethods(device);
    const began = performance.now();
    const late = await invokeMethod(device, { ...reboot, responseTimeoutInSeconds: 5 });

    expect(performance.now() - began).toBeGreaterThan(4_800);
    expect(late).toMatchObject({
      status: 504,
      errorName: 'GatewayTimeout',
      error: { errorCode: 504101, message: 'Timed out waiting for the response from device.' },
    });
    const { requestId } = await takeMethod(client, 'reboot');
    await client.publish(`$iothub/methods/res/200/?$rid=${requestId}`, '"late"', 3);
    const next = invokeMethod(device, { methodName: 'next' });
    respond(client, (await takeMethod(client, 'next')).requestId, 200, '"in time"');
    expect((await next).text).toBe('{"status":200,"payload":"in time"}');
    await client.disconnect();
  });

  test('of a module is 504101 as well, and 404103 once it has left', async () => {
    const module = await createModule((await createDevice()).deviceId);
    const client = await openForMethods(module);
    expect(await invokeMethod(module, { ...reboot, responseTimeoutInSeconds: 5 })).toMatchObject({
      status: 504,
      error: { errorCode: 504101 },
    });
    await client.disconnect();
    expect((await invokeMethod(module, reboot)).error?.errorCode).toBe(404103);
  });

  test('because the connection ends is 404104', async () => {
    const device = await createDevice();
    const client = await openForMethods(device);
    const outcome = invokeMethod(device, { ...reboot, responseTimeoutInSeconds: 300 });
    await takeMethod(client, 'reboot');
    client.destroy();

    expect(await outcome).toMatchObject({
      errorName: 'DeviceConnectionClosedRemotely',
      error: { errorCode: 404104 },
    });
  });

  test.each([
    ['is no JSON', '{"a":', 502, 502000],
    ['is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 502, 502000],
    ['has more than 128 KB', `"${'x'.repeat(128 * 1024)}"`, 413, 413001],
  ])('since the response %s', async (_, payload, status, errorCode) => {
    const device = await createDevice();
    const client = await openForMethods(device);
    const outcome = invokeMethod(device, reboot);
    const { requestId } = await takeMethod(client, 'reboot');
    respond(client, requestId, 200, payload);

    expect(await outcome).toMatchObject({ status, error: { errorCode } });
    expect(client.isClosed).toBe(false);
    await client.disconnect();
  });
});

test.each([
  ['responseTimeoutInSeconds', 4],
  ['responseTimeoutInSeconds', 301],
  ['connectTimeoutInSeconds', -1],
  ['connectTimeoutInSeconds', 301],
])('service-rest 48: %s of %i is 400, and the device hears nothing', async (name, seconds) => {
  const device = await createDevice();
  const client = await openForMethods(device);
  expect(await invokeMethod(device, { ...reboot, [name]: seconds })).toMatchObject({
    status: 400,
    errorName: 'ArgumentInvalid',
    error: { errorCode: 400004, message: expect.stringContaining(name) },
  });
  const next = invokeMethod(device, { methodName: 'next' });
  respond(client, (await takeMethod(client, 'next')).requestId, 200);
  expect((await next).status).toBe(200);
  expect(client.commands.filter((command) => command === 'publish')).toHaveLength(1);
  await client.disconnect();
});

test('security-limits 38: 128 KB reach the device, 129 KB are 413001', async () => {
  const device = await createDevice();
  const client = await openForMethods(device);
  const text = 'x'.repeat(128 * 1024 - 2);
  const outcome = invokeMethod(device, { ...reboot, payload: text });
  const { requestId, payload } = await takeMethod(client, 'reboot');
  expect(payload).toBe(JSON.stringify(text));
  respond(client, requestId, 200, payload);

  expect((await outcome).text).toBe(`{"status":200,"payload":${JSON.stringify(text)}}`);
  expect(await invokeMethod(device, { ...reboot, payload: `${text}x` })).toMatchObject({
    status: 413,
    errorName: 'MessageTooLarge',
    error: { errorCode: 413001 },
  });
  await client.disconnect();
});

test('ten methods may wait for a device, one more is 403800; who leaves makes room', async () => {
  const device = await createDevice();
  const client = await openForMethods(device);
  const leave = new AbortController();
  const waiting = Array.from({ length: 10 }, (_, number) =>
    invokeMethod(device, { methodName: `m${number}`, responseTimeoutInSeconds: 300 }, leave.signal),
  );
  const left = Promise.allSettled(waiting);
  await Promise.all(waiting.map((_, number) => takeMethod(client, `m${number}`)));

  expect(await invokeMethod(device, reboot)).toMatchObject({
    status: 403,
    errorName: 'DeviceMaximumInflightMethodExceeded',
    error: { errorCode: 403800 },
  });
  leave.abort();
  expect(new Set((await left).map(({ status }) => status))).toEqual(new Set(['rejected']));
  // Through api and cloud-to-device to the gateway, which forgets what nobody waits for.
  await eventually(async () => {
    const soon = AbortSignal.timeout(1_000);
    const outcome = await invokeMethod(device, { methodName: 'after' }, soon).catch(
      () => undefined,
    );
    return outcome?.status !== 403;
  });
  await takeMethod(client, 'after');
  await client.disconnect();
});

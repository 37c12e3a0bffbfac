/** device-mqtt.md, conformance lines on twins and direct methods, by the byte. */
import { describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import type { IPublishPacket } from 'mqtt-packet';
import {
  invokeMethod,
  readReported,
  replaceDesired,
  tagTwin,
  updateDesired,
} from './support/back-end.js';
import { clientsUntilEnd } from './support/clients-until-end.js';
import { open } from './support/device-client.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, createModule, deleteDevice, type TestIdentity } from './support/registry.js';
import { serviceFilters } from './support/session-probe.js';

const clients = clientsUntilEnd();

/** A connection that is subscribed to all that services send, at the given QoS. */
async function listen(identity: TestIdentity, qos: 0 | 1 = 0): Promise<MqttClient> {
  const client = await open(identity);
  clients.push(client);
  const subscriptions = serviceFilters.map(({ topic }) => ({ topic, qos }));
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
  await client.expect('suback');
  return client;
}

function send(client: MqttClient, topic: string, payload = '', messageId?: number): void {
  const packet = { cmd: 'publish', topic, payload, dup: false, retain: false } as const;
  client.send(messageId === undefined ? { ...packet, qos: 0 } : { ...packet, qos: 1, messageId });
}

/** The first message under a topic that begins so. */
function messageUnder(client: MqttClient, beginning: string): Promise<IPublishPacket> {
  return client.expect('publish', ({ topic }) => topic.startsWith(beginning));
}

function messages(client: MqttClient): IPublishPacket[] {
  return client.received.filter((packet): packet is IPublishPacket => packet.cmd === 'publish');
}

const response = '$iothub/twin/res/';
const reported = '$iothub/twin/PATCH/properties/reported/?$rid=';
const notification = '$iothub/twin/PATCH/properties/desired/?$version=';

/** The answer to a patch of reported properties. */
async function patch(
  client: MqttClient,
  requestId: string,
  payload: string,
  condition = '',
): Promise<IPublishPacket> {
  send(client, `${reported}${requestId}${condition}`, payload);
  return client.expect('publish', ({ topic }) => topic.includes(`?$rid=${requestId}`));
}

describe('the twin of a device', () => {
  test.each(['', ' '])(
    'device-mqtt 51: GET with the body "%s" shows the properties',
    async (body) => {
      const device = await createDevice();
      await tagTwin(device, { never: 'shown' });
      await updateDesired(device, { fan: { speed: 3 } });
      const client = await listen(device);
      send(client, '$iothub/twin/GET/?$rid=7', body);
      const answer = await messageUnder(client, response);
      expect(answer.topic).toBe('$iothub/twin/res/200/?$rid=7');
      expect(answer.payload.toString()).toBe(
        '{"desired":{"fan":{"speed":3},"$version":2},"reported":{"$version":1}}',
      );
    },
  );

  test('device-mqtt 52: a reported patch is answered with 204, its version and no body', async () => {
    const device = await createDevice();
    const client = await listen(device);
    const answer = await patch(client, '8a', '{"fw":"1.1","old":null}');
    expect(answer).toMatchObject({
      topic: '$iothub/twin/res/204/?$rid=8a&$version=2',
      payload: Buffer.alloc(0),
    });
    expect(await readReported(device)).toMatchObject({ fw: '1.1', $version: 2 });
  });

  test('device-mqtt 53: null deletes; $version in the body is 400', async () => {
    const device = await createDevice();
    const client = await listen(device);
    await patch(client, '1', '{"a":1,"b":{"c":2,"d":3}}');
    await patch(client, '2', '{"a":null,"b":{"c":null}}');
    const { a, b } = await readReported(device);
    expect([a, b]).toEqual([undefined, { d: 3 }]);
    const refused = await patch(client, '3', '{"$version":3}');
    expect(refused.topic).toBe('$iothub/twin/res/400/?$rid=3');
    expect(JSON.parse(refused.payload.toString())).toMatchObject({ errorCode: 400_004 });
    expect((await readReported(device)).$version).toBe(3);
  });

  test('device-mqtt 54: another version is 412, and nothing changes', async () => {
    const device = await createDevice();
    const client = await listen(device);
    const refused = await patch(client, '1', '{"a":1}', '&$version=5');
    expect(refused.topic).toBe('$iothub/twin/res/412/?$rid=1');
    expect(JSON.parse(refused.payload.toString())).toMatchObject({ errorCode: 412_001 });
    expect(await readReported(device)).toMatchObject({ $version: 1 });
    const { topic } = await patch(client, '2', '{"a":1}', '&$version=1');
    expect(topic).toBe('$iothub/twin/res/204/?$rid=2&$version=2');
  });

  test('device-mqtt 55: a desired update has its version in topic and body, and is not told later', async () => {
    const device = await createDevice();
    const client = await listen(device);
    await updateDesired(device, { telemetrySendFrequency: '5m', route: null });
    const told = await messageUnder(client, notification);
    expect(told).toMatchObject({ topic: `${notification}2`, qos: 0, retain: false });
    expect(told.payload.toString()).toBe(
      '{"telemetrySendFrequency":"5m","route":null,"$version":2}',
    );
    await replaceDesired(device, { all: true });
    const replaced = await messageUnder(client, `${notification}3`);
    expect(JSON.parse(replaced.payload.toString())).toEqual({ all: true, $version: 3 });
    await client.disconnect();

    await updateDesired(device, { missed: true });
    const again = await listen(device);
    await updateDesired(device, { heard: true });
    await messageUnder(again, `${notification}5`);
    expect(messages(again)).toHaveLength(1);
  });

  test('device-mqtt 56: twin responses are of QoS 0, even to a subscription of QoS 1', async () => {
    const device = await createDevice();
    const client = await listen(device, 1);
    send(client, '$iothub/twin/GET/?$rid=1', '', 9);
    await client.expect('puback', ({ messageId }) => messageId === 9);
    await updateDesired(device, { a: 1 });
    await messageUnder(client, notification);
    expect((await messageUnder(client, response)).qos).toBe(0);
    expect(messages(client).map(({ qos }) => qos)).toEqual([0, 0]);
  });

  test('device-mqtt 57: more than may be is 429, each request is answered, and nobody is cut off', async () => {
    const client = await listen(await createDevice());
    for (let request = 0; request < 500; request++) {
      send(client, `$iothub/twin/GET/?$rid=${request}`);
    }
    await eventually(() => messages(client).length === 500);
    const statuses = messages(client).map(({ topic }) => topic.slice(response.length, 20));
    expect(new Set(statuses)).toEqual(new Set(['200', '429']));
    client.send({ cmd: 'pingreq' });
    await client.expect('pingresp');
  });

  test('changes are told in their order, each once, and no read shows an older state than was told', async () => {
    const device = await createDevice();
    const client = await listen(device);
    const changing = (async () => {
      for (let change = 0; change < 40; change++) {
        await updateDesired(device, { change });
      }
    })();
    let reads = 0;
    const isOver = () =>
      client.received.some((packet) => 'topic' in packet && packet.topic === `${notification}41`);
    while (!isOver()) {
      send(client, `$iothub/twin/GET/?$rid=${++reads}`);
      await messageUnder(client, `$iothub/twin/res/200/?$rid=${reads}`);
    }
    await changing;
    const versions = messages(client).map(({ topic, payload }) => {
      const isTold = topic.startsWith(notification);
      const json = JSON.parse(payload.toString()) as { desired: { $version: number } };
      return isTold
        ? { told: Number(topic.slice(notification.length)) }
        : { read: json.desired.$version };
    });
    const told = versions.flatMap(({ told: version }) => version ?? []);
    expect(told).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
    let last = 1;
    for (const { told: version, read } of versions) {
      last = version ?? last;
      expect(read ?? last).toBeGreaterThanOrEqual(last);
    }
  });

  test('a module has its own', async () => {
    const device = await createDevice();
    const module = await createModule(device.deviceId);
    const [ofDevice, ofModule] = [await listen(device), await listen(module)];
    await updateDesired(module, { role: 'camera' });
    await messageUnder(ofModule, `${notification}2`);
    await patch(ofModule, '1', '{"of":"module"}');
    send(ofDevice, '$iothub/twin/GET/?$rid=1');
    const answer = await messageUnder(ofDevice, response);
    expect(answer.payload.toString()).toBe('{"desired":{"$version":1},"reported":{"$version":1}}');
    expect(messages(ofDevice)).toHaveLength(1);
  });

  test('what a deleted device asked for is not done to the next one of its name', async () => {
    const device = await createDevice();
    const client = await listen(device);
    await deleteDevice(device.deviceId);
    for (let request = 0; !client.isClosed && request < 1_000; request++) {
      send(client, `${reported}${request}`, '{"ghost":true}');
      await client
        .expect('publish', ({ topic }) => topic.includes(`?$rid=${request}`))
        .catch(() => undefined);
    }
    await client.closed;
    const again = await createDevice(device.deviceId);
    expect(await readReported(again)).toEqual({ $metadata: expect.anything(), $version: 1 });
  });
});

describe('a direct method', () => {
  const request = '$iothub/methods/POST/';

  test.each([
    ['without a payload', {}, 'null'],
    ['with null', { payload: null }, 'null'],
    ['with an object', { payload: { a: [1, 'x'] } }, '{"a":[1,"x"]}'],
    ['with a text', { payload: '' }, '""'],
  ])(
    'device-mqtt 47: a request %s has the body and topic that are documented',
    async (_, given, body) => {
      const device = await createDevice();
      const client = await listen(device, 1);
      const answer = invokeMethod(device, { methodName: 'thermostat1*reboot', ...given });
      const asked = await messageUnder(client, request);
      expect(asked).toMatchObject({ qos: 0, retain: false, dup: false });
      expect(asked.topic).toMatch(
        /^\$iothub\/methods\/POST\/thermostat1\*reboot\/\?\$rid=[0-9a-z]+$/,
      );
      expect(asked.payload.toString()).toBe(body);
      send(client, `$iothub/methods/res/200/?$rid=${requestIdOf(asked)}`, '{"done":true}');
      expect(await answer).toEqual({
        http: 200,
        errorCode: undefined,
        status: 200,
        payload: { done: true },
      });
    },
  );

  test.each([
    [200, undefined],
    [404, 3],
    [-1, 4],
  ])(
    'device-mqtt 48: the status %d reaches the caller; QoS 1 is acknowledged',
    async (status, messageId) => {
      const device = await createDevice();
      const client = await listen(device);
      const answer = invokeMethod(device, { methodName: 'm' });
      const asked = await messageUnder(client, request);
      send(client, `$iothub/methods/res/${status}/?$rid=${requestIdOf(asked)}`, '', messageId);
      expect(await answer).toMatchObject({ http: 200, status, payload: null });
      client.send({ cmd: 'pingreq' });
      await client.expect('pingresp');
      expect(client.commands.includes('puback')).toBe(messageId !== undefined);
    },
  );

  test('device-mqtt 50: no response is 504101; a late one is ignored, and the connection stays', async () => {
    const device = await createDevice();
    const client = await listen(device);
    const answer = await invokeMethod(device, { methodName: 'm', responseTimeoutInSeconds: 5 });
    expect(answer).toMatchObject({ http: 504, errorCode: 'GatewayTimeout' });
    const asked = await messageUnder(client, request);
    send(client, `$iothub/methods/res/200/?$rid=${requestIdOf(asked)}`, '{}', 5);
    await client.expect('puback', ({ messageId }) => messageId === 5);
    expect(client.isClosed).toBe(false);
  });

  test('a response of another connection answers nobody; one that is no JSON is a bad gateway', async () => {
    const [device, other] = [await createDevice(), await createDevice()];
    const [client, foreign] = [await listen(device), await listen(other)];
    const answer = invokeMethod(device, { methodName: 'm' });
    const topic = `$iothub/methods/res/200/?$rid=${requestIdOf(await messageUnder(client, request))}`;
    send(foreign, topic, '"foreign"', 2);
    await foreign.expect('puback');
    send(client, topic, 'no JSON');
    expect(await answer).toMatchObject({ http: 502, errorCode: 'GenericBadGateway' });
  });

  test('ends with the connection of the device', async () => {
    const device = await createDevice();
    const client = await listen(device);
    const answer = invokeMethod(device, { methodName: 'm' });
    await messageUnder(client, request);
    client.destroy();
    expect(await answer).toMatchObject({ http: 404, errorCode: 'DeviceConnectionClosedRemotely' });
  });
});

function requestIdOf({ topic }: IPublishPacket): string {
  return topic.slice(topic.indexOf('$rid=') + '$rid='.length);
}

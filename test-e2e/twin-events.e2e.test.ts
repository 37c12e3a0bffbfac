/** What the hub tells of changes of twins (events-monitoring.md sections 1 and 1.1), as back ends read it in Kafka. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { tagTwin } from './support/back-end.js';
import { open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader, type StoredMessage } from './support/kafka-reader.js';
import { createDevice, createModule, type TestIdentity } from './support/registry.js';
import { askTwins } from './support/twin-requests.js';

let reader: KafkaReader;
let device: TestIdentity;

beforeAll(async () => {
  reader = await KafkaReader.from(hub.hubEventsTopic);
});

afterAll(() => reader.close());

beforeEach(async () => {
  device = await createDevice();
});

/** Of a twin, once there are so many. */
async function eventsOf(
  { deviceId, moduleId }: TestIdentity,
  count: number,
): Promise<readonly StoredMessage[]> {
  const found = () =>
    reader.all.filter(
      ({ headers }) =>
        headers['iothub-message-source'] === 'twinChangeEvents' &&
        headers['deviceId'] === deviceId &&
        (headers['moduleId'] ?? undefined) === moduleId,
    );
  await reader.waitUntil(() => found().length >= count);
  return found();
}

const bodyOf = ({ value }: StoredMessage): unknown => JSON.parse(value.toString());
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);

test('events-monitoring 6, 33: of a patch it is updateTwin, with what changed and the version of the whole twin', async () => {
  await tagTwin(device, { stays: 1 });
  const tracing = { 'azureiot*com^dtracing^1': { sampling_mode: 1, sampling_rate: 50 } };
  const body = { tags: { site: 'A' }, properties: { desired: { ...tracing, gone: null } } };
  const { twin } = await askTwins(`/twins/${device.deviceId}`, { method: 'PATCH', body });
  const [, event] = await eventsOf(device, 2);

  expect(event?.headers['opType']).toBe('updateTwin');
  const stamp = { $lastUpdated: time, $lastUpdatedVersion: 2 };
  expect(bodyOf(event!)).toEqual({
    version: twin.version,
    tags: { site: 'A' },
    properties: {
      desired: {
        ...tracing,
        gone: null,
        $metadata: {
          ...stamp,
          'azureiot*com^dtracing^1': { ...stamp, sampling_mode: stamp, sampling_rate: stamp },
        },
        $version: 2,
      },
    },
  });
  expect(twin.properties.desired).toMatchObject(tracing);
});

test('events-monitoring 6: so it is of what a device reports', async () => {
  const client = await open(device);
  const topic = '$iothub/twin/PATCH/properties/reported/?$rid=1';
  await client.publish(topic, '{"fw":"1.1"}', 1);
  const [event] = await eventsOf(device, 1);
  const { twin } = await askTwins(`/twins/${device.deviceId}`);

  expect(event?.headers['opType']).toBe('updateTwin');
  expect(bodyOf(event!)).toEqual({
    version: twin.version,
    properties: {
      reported: {
        fw: '1.1',
        $metadata: { $lastUpdated: time, fw: { $lastUpdated: time } },
        $version: 2,
      },
    },
  });
  await client.disconnect();
});

test('events-monitoring 7: of PUT it is replaceTwin, the whole twin with deviceId and etag', async () => {
  const body = { tags: { site: 'B' }, properties: { desired: { rate: 5 } } };
  const { twin } = await askTwins(`/twins/${device.deviceId}`, { method: 'PUT', body });
  const [event] = await eventsOf(device, 1);
  const { etag, version, tags, properties } = twin;

  expect(event?.headers['opType']).toBe('replaceTwin');
  expect(bodyOf(event!)).toEqual({
    deviceId: device.deviceId,
    etag,
    version,
    tags,
    properties,
  });
});

test('events-monitoring 9, 10: its properties are those of the envelope, of a module with its id', async () => {
  const module = await createModule(device.deviceId);
  await tagTwin(module, { a: 1 });
  const [event] = await eventsOf(module, 1);

  expect(event?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
    'iothub-connection-device-id': device.deviceId,
    'iothub-connection-module-id': module.moduleId,
    'iothub-message-source': 'twinChangeEvents',
    'iothub-message-schema': 'twinChangeNotification',
    deviceId: device.deviceId,
    moduleId: module.moduleId,
    hubName: 'local',
    operationTimestamp: time,
    opType: 'updateTwin',
  });
});

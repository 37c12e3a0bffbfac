import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { Subscriptions } from './subscriptions.js';

const device = { deviceId: 'd1' };
const five = [
  '$iothub/twin/res/#',
  '$iothub/twin/PATCH/properties/desired/#',
  '$iothub/methods/POST/#',
  'devices/d1/messages/devicebound/#',
  'devices/+/messages/devicebound/#',
].map((topic) => ({ topic, qos: 0 }));
const sixth = { topic: 'devices/d1/messages/devicebound', qos: 0 };

test('device-mqtt 24: what is asked for is granted, 1 for 2', () => {
  const subscriptions = new Subscriptions(device, new Map());
  const asked = five.slice(0, 3).map(({ topic }, qos) => ({ topic, qos }));
  expect(subscriptions.add(asked)).toEqual([0, 1, 1]);
});

describe('device-mqtt 26: five', () => {
  test('are allowed, and each again', () => {
    const subscriptions = new Subscriptions(device, new Map());
    subscriptions.add(five);
    expect(subscriptions.add(five)).toHaveLength(5);
  });

  test('and a sixth are too many, at once or later, kept ones included', () => {
    expect(() => new Subscriptions(device, new Map()).add([...five, sixth])).toThrow(HubError);
    const kept = new Subscriptions(device, new Map(five.map(({ topic }) => [topic, 0])));
    expect(() => kept.add([sixth])).toThrow(HubError);
  });

  test('leave room when one is removed', () => {
    const subscriptions = new Subscriptions(device, new Map());
    subscriptions.add(five);
    subscriptions.remove(['$iothub/twin/res/#', 'unknown']);
    expect(subscriptions.add([sixth])).toEqual([0]);
  });

  test('of one filter many times are one', () => {
    const subscriptions = new Subscriptions(device, new Map());
    expect(subscriptions.add(Array<(typeof five)[0]>(20).fill(five[0]!))).toHaveLength(20);
  });
});

test('one filter that is not allowed adds none', () => {
  const subscriptions = new Subscriptions(device, new Map());
  const filters = [five[0]!, { topic: 'devices/d2/messages/devicebound/#', qos: 0 }];
  expect(() => subscriptions.add(filters)).toThrow(HubError);
  expect(subscriptions.includes('twin-responses')).toBe(false);
});

test('a source is included as long as a filter stands for it', () => {
  const subscriptions = new Subscriptions(device, new Map([['$iothub/methods/POST/#', 0]]));
  expect(subscriptions.includes('methods')).toBe(true);
  expect(subscriptions.includes('twin-responses')).toBe(false);
  subscriptions.remove(['$iothub/methods/POST/#']);
  expect(subscriptions.includes('methods')).toBe(false);
});

test('the greatest QoS of a source counts', () => {
  const subscriptions = new Subscriptions(
    device,
    new Map([['devices/d1/messages/devicebound', 0]]),
  );
  expect(subscriptions.qosOf('cloud-to-device')).toBe(0);
  subscriptions.add([{ topic: 'devices/+/messages/devicebound/#', qos: 1 }]);
  expect(subscriptions.qosOf('cloud-to-device')).toBe(1);
  subscriptions.remove(['devices/+/messages/devicebound/#']);
  expect(subscriptions.qosOf('cloud-to-device')).toBe(0);
  expect(subscriptions.qosOf('methods')).toBeUndefined();
});

test('of 100,000 filters that a client gives up, only those that it had go on', () => {
  const subscriptions = new Subscriptions(device, new Map([['$iothub/methods/POST/#', 0]]));
  const named = Array.from({ length: 100_000 }, (_, index) => String(index));
  expect(subscriptions.remove(['$iothub/methods/POST/#', ...named])).toEqual([
    '$iothub/methods/POST/#',
  ]);
});

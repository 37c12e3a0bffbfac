import { describe, expect, test } from '@jest/globals';

import { refuses, survivesHostileInput } from './hostile-input.contract.js';
import { subscriptionSource } from './mqtt-subscription.js';

const device = { deviceId: 'd1' };
const module = { deviceId: 'd1', moduleId: 'm1' };

describe('the filters of a device', () => {
  test.each([
    ['devices/d1/messages/devicebound/#', 'cloud-to-device'],
    ['devices/d1/messages/devicebound', 'cloud-to-device'],
    ['devices/+/messages/devicebound/#', 'cloud-to-device'],
    ['devices/+/messages/devicebound', 'cloud-to-device'],
    ['$iothub/twin/res/#', 'twin-responses'],
    ['$iothub/twin/PATCH/properties/desired/#', 'desired-properties'],
    ['$iothub/methods/POST/#', 'methods'],
  ])('%s', (filter, source) => {
    expect(subscriptionSource(filter, device)).toBe(source);
  });

  test.each([
    'devices/d2/messages/devicebound/#',
    'devices/D1/messages/devicebound/#',
    'devices/d1/#',
    'devices/+/#',
    'devices/#',
    '#',
    '+/+/messages/devicebound/#',
    'devices/d1/messages/#',
    'devices/d1/messages/devicebound/+',
    'devices/d1/messages/devicebound/#/#',
    'devices/d1/messages/events/#',
    'devices/d1/modules/m1/#',
    'devices/d1/modules/m1/inputs/#',
    '$iothub/#',
    '$iothub/twin/#',
    '$iothub/twin/res',
    '$iothub/twin/res/+',
    '$iothub/methods/POST/reboot/#',
    '$iothub/credentials/res/#',
    '$iothub/streams/POST/#',
    '$iothub/streams/res/#',
    'constructor',
    '',
  ])('device-mqtt 26: %j closes', (filter) => {
    expect(refuses(() => subscriptionSource(filter, device))).toBe(true);
  });
});

describe('the filters of a module', () => {
  test.each([
    ['devices/d1/modules/m1/messages/devicebound/#', 'cloud-to-device'],
    ['devices/d1/modules/m1/messages/devicebound', 'cloud-to-device'],
    ['devices/d1/modules/m1/inputs/#', 'inputs'],
    ['devices/d1/modules/m1/#', 'inputs'],
    ['$iothub/methods/POST/#', 'methods'],
  ])('device-mqtt 60: %s', (filter, source) => {
    expect(subscriptionSource(filter, module)).toBe(source);
  });

  test.each([
    'devices/d1/messages/devicebound/#',
    'devices/+/messages/devicebound/#',
    'devices/d1/modules/m2/#',
    'devices/d1/modules/+/#',
    'devices/d1/modules/m1/inputs',
    'devices/d1/modules/m1/inputs/in1',
    'devices/d1/modules/m1',
  ])('device-mqtt 26: %s closes', (filter) => {
    expect(refuses(() => subscriptionSource(filter, module))).toBe(true);
  });
});

describe('any filter', () => {
  survivesHostileInput(
    (filter) => subscriptionSource(filter, module),
    ['devices/d1/modules/m1/', '/#', '#', '+', '$iothub/twin/res', 'messages/devicebound'],
  );
});

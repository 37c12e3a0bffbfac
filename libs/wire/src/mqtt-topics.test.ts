import { describe, expect, test } from '@jest/globals';

import {
  formatDesiredTopic,
  formatMethodTopic,
  formatTwinResponseTopic,
  identityTopicPrefix,
} from './mqtt-topics.js';

test('an identity has topics under its own prefix', () => {
  expect(identityTopicPrefix({ deviceId: 'd%1' })).toBe('devices/d%1');
  expect(identityTopicPrefix({ deviceId: 'd', moduleId: '$edgeHub' })).toBe(
    'devices/d/modules/$edgeHub',
  );
});

describe('formatTwinResponseTopic', () => {
  test('device-mqtt 52: request id first, then the version', () => {
    expect(formatTwinResponseTopic(204, '8a-1', 6n)).toBe(
      '$iothub/twin/res/204/?$rid=8a-1&$version=6',
    );
  });

  test('an error or a read has no version', () => {
    expect(formatTwinResponseTopic(429, '%20/x')).toBe('$iothub/twin/res/429/?$rid=%20/x');
  });
});

test('device-mqtt 55: a change of desired properties has its version in the topic', () => {
  expect(formatDesiredTopic(8n)).toBe('$iothub/twin/PATCH/properties/desired/?$version=8');
});

test.each([
  ['reboot', 'reboot'],
  ['thermostat1*getMaxMinReport', 'thermostat1*getMaxMinReport'],
  ['a b=%2F&$', 'a b=%2F&$'],
  ['a?$rid=1', 'a%3F$rid=1'],
  ['a/b+c#d\0', 'a%2Fb%2Bc%23d%00'],
])('device-mqtt 47: the method %j has the topic of %s', (name, segment) => {
  expect(formatMethodTopic(name, '1z')).toBe(`$iothub/methods/POST/${segment}/?$rid=1z`);
});

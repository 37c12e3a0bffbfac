import { describe, expect, test } from '@jest/globals';

import { formatTwinResponseTopic, identityTopicPrefix } from './mqtt-topics.js';

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

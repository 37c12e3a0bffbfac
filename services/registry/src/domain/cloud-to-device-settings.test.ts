import { expect, test } from '@jest/globals';
import { cloudToDeviceSettings } from './cloud-to-device-settings.js';
import { defaultCloudToDevice } from './kept-properties.js';

test('security-limits 11.1: what a fresh hub has', () => {
  expect(cloudToDeviceSettings(defaultCloudToDevice)).toEqual({
    defaultTtlSeconds: 3_600,
    maxDeliveryCount: 10,
    feedbackTtlSeconds: 3_600,
    feedbackLockSeconds: 60,
    feedbackMaxDeliveryCount: 10,
    purgeOnNewSubscription: false,
  });
});

test('each is what was chosen for it', () => {
  const kept = {
    maxDeliveryCount: 1,
    defaultTtlAsIso8601: 'P2D',
    feedback: {
      lockDurationAsIso8601: 'PT5S',
      ttlAsIso8601: 'PT1H30M',
      maxDeliveryCount: 100,
    },
    purgeOnNewSubscription: true,
  };
  expect(cloudToDeviceSettings(kept)).toEqual({
    defaultTtlSeconds: 172_800,
    maxDeliveryCount: 1,
    feedbackTtlSeconds: 5_400,
    feedbackLockSeconds: 5,
    feedbackMaxDeliveryCount: 100,
    purgeOnNewSubscription: true,
  });
});

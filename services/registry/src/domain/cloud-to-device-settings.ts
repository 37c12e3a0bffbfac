/** What a hub's owner has chosen for cloud-to-device messages (security-limits.md section 11.1), in numbers. */
import type { KeptCloudToDevice } from './kept-properties.js';
import { secondsOf } from './kept-values.js';

export interface CloudToDeviceSettings {
  readonly defaultTtlSeconds: number;
  readonly maxDeliveryCount: number;
  readonly feedbackTtlSeconds: number;
  readonly feedbackLockSeconds: number;
  readonly feedbackMaxDeliveryCount: number;
  readonly purgeOnNewSubscription: boolean;
}

export function cloudToDeviceSettings(kept: KeptCloudToDevice): CloudToDeviceSettings {
  const { maxDeliveryCount, purgeOnNewSubscription, feedback } = kept;
  return {
    defaultTtlSeconds: secondsOf(kept.defaultTtlAsIso8601),
    maxDeliveryCount,
    feedbackTtlSeconds: secondsOf(feedback.ttlAsIso8601),
    feedbackLockSeconds: secondsOf(feedback.lockDurationAsIso8601),
    feedbackMaxDeliveryCount: feedback.maxDeliveryCount,
    purgeOnNewSubscription,
  };
}

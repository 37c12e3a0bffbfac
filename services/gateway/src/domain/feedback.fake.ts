import type { FeedbackRecord } from '@linchpin/wire';
import type { FeedbackBatch } from './feedback.js';
import { fakeServiceboundMessage } from './servicebound-queue.fake.js';

export const fakeRecord: FeedbackRecord = {
  originalMessageId: 'm1',
  enqueuedTime: new Date('2026-01-31T10:11:12.123Z'),
  status: 'Success',
  deviceId: 'd1',
  moduleId: undefined,
  deviceGenerationId: '638900000000000001',
};

export function fakeBatch(
  number: number,
  records: readonly FeedbackRecord[] = [fakeRecord],
): FeedbackBatch {
  return { ...fakeServiceboundMessage(number), records };
}

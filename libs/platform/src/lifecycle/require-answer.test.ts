import { expect, test } from '@jest/globals';
import { requireAnswer } from './require-answer.js';
import { SettingFault } from './setting-fault.js';

function askOf(error: Error): Promise<void> {
  return requireAnswer('Redis', 'LINCHPIN_REDIS_URL', () => Promise.reject(error));
}

test('an engine that does not answer is told with the variable and the reason', async () => {
  const asked = askOf(new Error('connect ECONNREFUSED 192.0.2.1:6379'));

  await expect(asked).rejects.toThrow(SettingFault);
  await expect(asked).rejects.toThrow(
    'Redis does not answer where LINCHPIN_REDIS_URL says: connect ECONNREFUSED 192.0.2.1:6379',
  );
});

test('a name with several addresses has a reason for each', async () => {
  const reasons = [new Error('refused by ::1'), new Error('refused by 127.0.0.1')];

  await expect(askOf(new AggregateError(reasons))).rejects.toThrow(
    /says: refused by ::1; refused by 127\.0\.0\.1$/,
  );
});

test('one that answers lets the start go on', async () => {
  await requireAnswer('Redis', 'LINCHPIN_REDIS_URL', () => Promise.resolve());
});

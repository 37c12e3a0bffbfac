/** What one hub does to its twins, and what others notice of it. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  createTestDeployment,
  type TestDeployment,
  type TestTwin,
} from './support/start-test-twin.js';

let deployment: TestDeployment;
let twin: TestTwin;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  twin = await deployment.start();
});

afterAll(() => deployment.close());

test('a hub that floods one twin keeps nobody of another hub waiting', async () => {
  const flooded = deployment.newDevice();
  const other = deployment.newDevice();
  await twin.get(flooded);
  await twin.get(other);
  let isOver = false;
  const outcomes: string[] = [];
  const flood = Array.from({ length: 200 }, async (_, index) => {
    while (!isOver) {
      const work =
        index % 2 === 0
          ? twin.update(flooded, { desiredJson: `{"n":${index}}` })
          : twin.report(flooded, { n: index });
      await work.then(
        () => outcomes.push('stored'),
        (error: unknown) => outcomes.push((error as { code: string }).code),
      );
    }
  });

  for (let number = 1; number <= 20; number += 1) {
    expect(await twin.report(other, { number })).toBe(number + 1);
    const { version } = await twin.update(other, { tagsJson: `{"number":${number}}` });
    expect(version).toBe(number + 2);
  }
  isOver = true;
  await Promise.all(flood);

  // Their own wait for each other, and are told when that takes too long.
  expect(outcomes).toContain('stored');
  expect(outcomes.filter((each) => each !== 'stored' && each !== 'ServiceUnavailable')).toEqual([]);
});

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { FairAuthorizer } from './fair-authorizer.js';
import type { PolicyHolder } from './caller.js';

const caller: PolicyHolder = {
  kind: 'policy',
  hub: 'h',
  hubGeneration: '1',
  policy: 'iothubowner',
  rights: 15,
  telemetryTopic: 'linchpin.events.h',
  limits: { sku: 'S1', units: 1, unlimited: false },
};

function setUp() {
  const asked: { path: string; answer: (error?: Error) => void }[] = [];
  const fair = new FairAuthorizer({
    authorizeEdge: () => Promise.reject(new Error('no Edge device asks here')),
    authorize: ({ path }) =>
      new Promise((resolve, reject) => {
        const answer = (error?: Error): void => {
          if (error === undefined) {
            resolve(caller);
          } else {
            reject(error);
          }
        };
        asked.push({ path, answer });
      }),
  });
  const ask = (count: number, address = '192.0.2.1'): Promise<PolicyHolder>[] =>
    Array.from({ length: count }, (_, index) => {
      const client = { address, tlsVersion: '1.3' } as const;
      return fair.authorize({ sharedAccessSignature: 'token', client, path: `/${index}` });
    });
  return { asked, ask };
}

test('so many are judged at once, the others in their order, refused or not', async () => {
  const { asked, ask } = setUp();
  const answers = ask(18);
  await turn();
  expect(asked).toHaveLength(16);

  asked[0]?.answer(new Error('refused'));
  await expect(answers[0]).rejects.toThrow('refused');
  asked[1]?.answer();
  await expect(answers[1]).resolves.toBe(caller);
  await turn();
  expect(asked.slice(16).map(({ path }) => path)).toEqual(['/16', '/17']);

  asked.slice(2).forEach(({ answer }) => {
    answer();
  });
  await Promise.all(answers.slice(2));
  const later = ask(17);
  await turn();
  expect(asked).toHaveLength(18 + 16);
  for (const { answer } of asked) {
    answer();
    await turn();
  }
  await Promise.all(later);
});

test('a flood from one address keeps nobody waiting who comes from another', async () => {
  const { asked, ask } = setUp();
  const flood = Promise.allSettled(ask(2_000));
  const [other] = ask(1, '198.51.100.7');
  await turn();
  asked[0]?.answer(new Error('forged'));
  asked[1]?.answer(new Error('forged'));
  await turn();
  asked.at(-1)?.answer();
  asked.at(-2)?.answer();
  await expect(other).resolves.toBe(caller);
  // More are asked as these are answered.
  for (const { answer } of asked) {
    answer();
    await turn();
  }
  await flood;
});

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { BoundedAuthorizer } from './bounded-authorizer.js';
import type { PolicyHolder } from './caller.js';

const caller: PolicyHolder = {
  kind: 'policy',
  hub: 'h',
  hubGeneration: '1',
  policy: 'iothubowner',
  rights: 15,
  limits: { sku: 'S1', units: 1, unlimited: false },
};

const client = { address: '192.0.2.1', tlsVersion: '1.3' } as const;
const claim = { sharedAccessSignature: 'token', client };

function setUp() {
  const asked: { path: string; answer: (error?: Error) => void }[] = [];
  const bounded = new BoundedAuthorizer({
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
  const ask = (count: number): Promise<PolicyHolder>[] =>
    Array.from({ length: count }, (_, index) => bounded.authorize({ ...claim, path: `/${index}` }));
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
  void Promise.all(ask(17));
  await turn();
  expect(asked).toHaveLength(18 + 16);
});

test('whoever comes behind a thousand that wait is told to try again', async () => {
  const { asked, ask } = setUp();
  const answers = ask(16 + 1_000);
  await expect(ask(1)[0]).rejects.toMatchObject({
    code: 'ServiceUnavailable',
    retryAfterMs: 1_000,
  });

  for (let index = 0; index < answers.length; index++) {
    await turn();
    asked[index]?.answer();
  }
  await expect(Promise.all(answers)).resolves.toHaveLength(1_016);
});

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { actAs, currentActor, decodeActor, encodeActor, type Actor } from './actor.js';

const actor: Actor = {
  kind: 'principal',
  name: 'zoë@example.net',
  clientAddress: '192.0.2.1',
  requestId: 'a1',
  jobId: 'b2',
  hubGeneration: '17',
};

test('an actor is that of its own work, across whatever it awaits, and of nothing beside it', async () => {
  const named = (name: string): Promise<string | undefined> =>
    actAs({ kind: 'policy', name }, async () => {
      await turn();
      return currentActor()?.name;
    });

  expect(await Promise.all([named('one'), named('other')])).toEqual(['one', 'other']);
  expect(currentActor()).toBeUndefined();
});

test('what is encoded is decoded the same', () => {
  expect(decodeActor(encodeActor(actor))).toEqual(actor);
  const process: Actor = { kind: 'process', name: 'registry' };
  expect(decodeActor(encodeActor(process))).toEqual(process);
});

test.each([encodeActor, (hostile: Actor) => Buffer.from(JSON.stringify(hostile))])(
  'a name that would break a line, a table or a bound is made harmless on either side: %p',
  (encode) => {
    const name = `a\0b\r\n{"kind":"administrator"}${'x'.repeat(10_000)}`;

    const decoded = decodeActor(encode({ kind: 'policy', name }));

    expect(decoded.kind).toBe('policy');
    expect(decoded.name).toMatch(/^a\ufffdb\ufffd\ufffd\{"kind":"administrator"\}x+$/);
    expect(decoded.name).toHaveLength(256);
  },
);

test.each(['', '{}', '[]', '{"kind":"king","name":"x"}', '{"kind":"policy","name":1}', 'null'])(
  'bytes that are no actor are refused: %s',
  (text) => {
    expect(() => decodeActor(Buffer.from(text))).toThrow();
  },
);

import { describe, expect, test } from '@jest/globals';
import { answerQuery } from './answer-query.js';
import type { JsonObject } from './json.js';
import { parseQuery } from './parse-query.js';
import { exampleDevices, twinDocument } from './twin-documents.fake.js';

const documents = [5, 'x', 0.1, 0.2, { o: 1 }, undefined, 1e300].map((v, index) =>
  twinDocument({ deviceId: `d${index}`, tags: v === undefined ? {} : { v } }),
);

const answer = (text: string, over: readonly JsonObject[] = documents): unknown =>
  answerQuery(parseQuery(text), over);

describe('aggregates', () => {
  test('take what they can, and leave the rest', () => {
    const text =
      'SELECT SUM(tags.v), AVG(tags.v) AS a, MIN(tags.v) AS lo, MAX(tags.v) AS hi, COUNT() AS n FROM devices';
    const [sum, a] = [5.3, 5.3 / 3];
    expect(answer(text)).toEqual([{ $1: sum, a, lo: 0.1, hi: 'x', n: 7 }]);
  });

  test('query-language 16: of nothing there is a count, and no key for others', () => {
    const text =
      'SELECT COUNT() AS n, SUM(tags.v) AS s, MIN(tags.v) AS lo FROM devices WHERE 1 = 2';
    expect(answer(text)).toEqual([{ n: 0 }]);
  });

  test('sums are exact, in whatever order', () => {
    const tags = [0.1, 1e15, -1e15, 0.2].map((v) => twinDocument({ deviceId: 'd', tags: { v } }));
    const text = 'SELECT SUM(tags.v) AS s FROM devices';
    expect(answer(text, tags)).toEqual([{ s: 0.3 }]);
    expect(answer(text, tags.toReversed())).toEqual([{ s: 0.3 }]);
  });
});

describe('query-language 17: groups', () => {
  test('are of what compares; everything else is in one that has no key', () => {
    const text = 'SELECT COUNT() AS n, tags.v AS v FROM devices GROUP BY tags.v';
    expect(answer(text)).toEqual([
      { n: 1, v: 5 },
      { n: 1, v: 'x' },
      { n: 1, v: 0.1 },
      { n: 1, v: 0.2 },
      { n: 2 },
      { n: 1, v: 1e300 },
    ]);
  });

  test('null is a key as others are', () => {
    const text = 'SELECT statusReason, COUNT() AS n FROM devices GROUP BY statusReason';
    expect(answer(text)).toEqual([{ statusReason: null, n: 7 }]);
  });

  test('by several, some of which are not selected', () => {
    const text = 'SELECT COUNT() AS n FROM devices GROUP BY status, connectionState';
    expect(answer(text, exampleDevices)).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }]);
  });

  test('without an aggregate', () => {
    const text = 'SELECT TOP 1 status FROM devices GROUP BY status';
    expect(answer(text, exampleDevices)).toEqual([{ status: 'enabled' }]);
  });

  test('of nothing there are none', () => {
    expect(answer('SELECT status FROM devices WHERE 1 = 2 GROUP BY status')).toEqual([]);
  });
});

test('a projection has what the document has, under its label', () => {
  const text =
    'SELECT DeviceId, tags.v, tags.none, tags.v AS __proto__, properties.desired FROM devices';
  const [row] = answer(text, documents.slice(0, 1)) as [JsonObject];
  expect(Object.entries(row)).toEqual([
    ['deviceId', 'd0'],
    ['v', 5],
    ['__proto__', 5],
    ['desired', expect.objectContaining({ $version: 1 })],
  ]);
});

test('TOP 0 asks for nothing', () => {
  expect(answer('SELECT TOP 0 * FROM devices')).toEqual([]);
});

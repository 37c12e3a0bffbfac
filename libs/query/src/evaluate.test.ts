/** What query-language.md section A4 says, and what it leaves open. */
import { describe, expect, test } from '@jest/globals';
import { answerQuery } from './answer-query.js';
import type { JsonObject } from './json.js';
import { parseQuery } from './parse-query.js';
import { twinDocument } from './twin-documents.fake.js';

const document = twinDocument({
  deviceId: 'd1',
  lastActivityTime: '2026-03-01T12:00:00.1230000Z',
  tags: JSON.parse(
    '{"n":5,"zero":0,"s":"b","t":true,"f":false,"o":{"x":1},"a":[1,"x",true,[2]],"__proto__":{"p":1},"0":"key","huge":1e300,"tiny":1e-300,"late":"\\ufb00","pair":"\\ud83d\\ude00"}',
  ) as JsonObject,
});

/** T, F or U: whether the document is found by a condition, by its negation, or by neither. */
function judge(condition: string): string {
  const found = (text: string): boolean =>
    answerQuery(parseQuery(`SELECT * FROM devices WHERE ${text}`), [document]).length === 1;
  return found(condition) ? 'T' : found(`NOT (${condition})`) ? 'F' : 'U';
}

describe.each<[string, [string, string][]]>([
  [
    'query-language 10, 11: what is missing',
    [
      ["tags.none != 'x'", 'U'],
      ["tags.none = 'x'", 'U'],
      ['tags.none = null', 'U'],
      ['tags.none = undefined', 'U'],
      ['tags.none IN [1, 2]', 'U'],
      ['tags.none NIN [1, 2]', 'U'],
      ['tags.none', 'U'],
      ['NOT IS_DEFINED(tags.none)', 'T'],
      ['IS_DEFINED(tags.n)', 'T'],
      ['IS_DEFINED(statusReason)', 'T'],
      ['IS_DEFINED(moduleId)', 'F'],
      ['tags.toString', 'U'],
      ['IS_DEFINED(tags.constructor)', 'F'],
      ['tags.[[__proto__]].p = 1', 'T'],
      ['tags.s.length = 1', 'U'],
    ],
  ],
  [
    'query-language 12, 13: types',
    [
      ["tags.n = '5'", 'F'],
      ["tags.n != '5'", 'T'],
      ["tags.n < '6'", 'U'],
      ['tags.n = 5.0', 'T'],
      ['tags.t > tags.f', 'T'],
      ['tags.t > 0', 'U'],
      ['statusReason = null', 'T'],
      ["statusReason != 'x'", 'T'],
      ['null < 1', 'U'],
      ['null <= null', 'U'],
      ['tags.o = tags.o', 'U'],
      ['tags.o != 1', 'U'],
      ['tags.a = tags.a', 'U'],
      ["tags.a IN ['x']", 'U'],
      ['tags.n IN [1, undefined]', 'U'],
      ['tags.n IN [5, undefined]', 'T'],
      ["tags.n NIN ['5', 6]", 'T'],
    ],
  ],
  [
    'three-valued logic',
    [
      ['tags.none AND 1 = 2', 'F'],
      ['tags.none AND 1 = 1', 'U'],
      ['tags.none OR 1 = 1', 'T'],
      ['tags.none OR 1 = 2', 'U'],
      ['tags.n AND tags.t', 'U'],
      ['tags.n OR tags.t', 'T'],
      ['NOT tags.n', 'U'],
      ['tags.f', 'F'],
      ['(tags.n = 5) = tags.t', 'T'],
      ['(tags.none = 5) = tags.t', 'U'],
      ['1 = 1 AND 1 = 1 OR 1 = 2 AND 1 = 2', 'T'],
      ['NOT 1 = 2 AND 1 = 2', 'F'],
    ],
  ],
  [
    'calculation',
    [
      ['2 + 3 * 4 = 14', 'T'],
      ['(2 + 3) * 4 = 20', 'T'],
      ['10 - 3 - 2 = 5', 'T'],
      ['tags.n % 3 = 2', 'T'],
      ['-7 % 3 = -1', 'T'],
      ['0.1 + 0.2 = 0.3', 'F'],
      ['0.1 + 0.2 = 0.30000000000000004', 'T'],
      ['tags.n / 0 = 1', 'U'],
      ['tags.n % tags.zero = 1', 'U'],
      ["tags.s + 'a' = 'ba'", 'U'],
      ['tags.t + 1 = 2', 'U'],
      ['-tags.n = -5', 'T'],
      ['-tags.s = 1', 'U'],
      ['tags.huge * 2 > 0', 'U'],
      ['tags.huge > 1e299', 'T'],
      ['tags.tiny + 1 = 1', 'U'],
      ['1e150 * 1e150 > 1e299', 'T'],
      ['1e150 * 1e150 * 1 > 1e299', 'U'],
    ],
  ],
  [
    'text',
    [
      ["tags.s < 'c'", 'T'],
      ["tags.s < 'B'", 'F'],
      ['tags.late < tags.pair', 'T'],
      ["STARTSWITH(deviceId, '')", 'T'],
      ["STARTSWITH(deviceId, 'd1x')", 'F'],
      ["ENDSWITH(deviceId, '1')", 'T'],
      ["ENDSWITH(deviceId, 'xxd1')", 'F'],
      ["STARTSWITH(tags.n, '5')", 'U'],
      ["STARTSWITH(tags.none, '5')", 'U'],
    ],
  ],
  [
    'arrays',
    [
      ['tags.a[0] = 1', 'T'],
      ['tags.a[9] = 1', 'U'],
      ['tags.a.[[0]] = 1', 'U'],
      ["tags.[[0]] = 'key'", 'T'],
      ["tags[0] = 'key'", 'U'],
      ['tags.a[3][0] = 2', 'T'],
      ['ARRAY_CONTAINS(tags.a, true)', 'T'],
      ['ARRAY_CONTAINS(tags.a, 2)', 'F'],
      ['ARRAY_CONTAINS(tags.a, tags.o)', 'U'],
      ['ARRAY_CONTAINS(tags.n, 5)', 'U'],
      ['ARRAY_CONTAINS(parentScopes, 1)', 'U'],
    ],
  ],
  [
    'points in time',
    [
      ["lastActivityTime > '2026-03-01'", 'T'],
      ["lastActivityTime = '2026-03-01T14:00:00.123+02:00'", 'T'],
      ["lastActivityTime IN ['2026-03-01T12:00:00.123Z']", 'T'],
      ["lastActivityTime != '2026-03-01T12:00:00.1230009Z'", 'F'],
      ["lastActivityTime < '2026-03-01T12:00:00.123001Z'", 'T'],
      ["lastActivityTime > '2026-02-30'", 'T'],
      ["lastActivityTime = '2026'", 'F'],
      ["STARTSWITH(lastActivityTime, '2026-03')", 'T'],
      ['lastActivityTime > statusUpdateTime', 'T'],
      ['lastActivityTime > 5', 'U'],
      ["properties.desired.$metadata.$lastUpdated < '2026-02-01'", 'T'],
      ['properties.desired.$version = 1', 'T'],
    ],
  ],
])('%s', (_what, conditions) => {
  test.each(conditions)('%s is %s', (condition, expected) => {
    expect(judge(condition)).toBe(expected);
  });
});

test('query-language 20: who was never active was active before now', () => {
  const never = twinDocument({ deviceId: 'd1' });
  const text = "SELECT deviceId FROM devices WHERE lastActivityTime < '2026-01-01T00:00:00Z'";
  expect(answerQuery(parseQuery(text), [never])).toEqual([{ deviceId: 'd1' }]);
});

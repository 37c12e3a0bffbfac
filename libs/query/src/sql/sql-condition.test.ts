import { describe, expect, test } from '@jest/globals';
import { parseQuery } from '../parse-query.js';
import type { AttributeColumns } from './attribute-columns.js';
import { toSqlCondition } from './sql-condition.js';
import { SqlParameters } from './sql-parameters.js';

const columns: AttributeColumns = {
  deviceId: { kind: 'string', sql: 'i.device_id' },
  lastActivityTime: { kind: 'instant', sql: 'i.time', text: 'i.time_text' },
  tags: { kind: 'json', sql: 't.tags' },
};

function compile(condition: string): [string, ...unknown[]] {
  const { where } = parseQuery(`SELECT * FROM devices WHERE ${condition}`);
  const parameters = new SqlParameters();
  const text = where === undefined ? '' : toSqlCondition(where, columns, parameters);
  return [text, ...parameters.values];
}

describe('what an index can serve', () => {
  test.each([
    ["deviceId = 'a'", '((i.device_id) = ($1::text))', 'a'],
    ["deviceId IN ['a', 'b']", '(i.device_id = any($1::text[]))', ['a', 'b']],
    ["STARTSWITH(deviceId, 'a')", '((i.device_id) ^@ ($1::text))', 'a'],
    ["tags.a.[[b]] = 'x'", '(t.tags @> $1::jsonb)', '{"a":{"b":"x"}}'],
    ["'x' = tags.a", '(t.tags @> $1::jsonb)', '{"a":"x"}'],
    ['ARRAY_CONTAINS(tags.a, 2)', '(t.tags @> $1::jsonb)', '{"a":[2]}'],
    ["tags.a IN [1, 'x']", '(t.tags @> $1::jsonb or t.tags @> $2::jsonb)', '{"a":1}', '{"a":"x"}'],
    [
      "lastActivityTime < '2026-01-01'",
      '(i.time < $1::timestamptz)',
      '2026-01-01T00:00:00.000000Z',
    ],
  ])('%s', (condition, ...expected) => {
    expect(compile(condition)).toEqual(expected);
  });
});

describe('where it would not be exact, containment is not used', () => {
  test.each(["NOT tags.a = 'x'", "tags.a[0] = 'x'", "tags = 'x'", 'tags.a IN [1, undefined]'])(
    '%s',
    (condition) => {
      expect(compile(condition)[0]).not.toContain('@>');
    },
  );
});

test('what comes from outside is no part of the text', () => {
  const [text, ...values] = compile(
    "tags.[[x'; drop table t; --]][3] > 'y\\'z' OR IS_DEFINED(tags.[[$9]]) OR tags.zz % 7 = 0",
  );
  expect(text).not.toMatch(/drop|y'|\$9|zz/);
  expect(values).toContain('$9');
});

test('what no row has is nowhere', () => {
  expect(compile("modelId = 'x'")).toEqual(['((null::text) = ($1::text))', 'x']);
  expect(compile('IS_DEFINED(modelId)')).toEqual(['(false)']);
  expect(compile('IS_DEFINED(properties)')).toEqual(['(false)']);
});

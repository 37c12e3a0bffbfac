import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readElements, readMembers } from './json-members.js';

test.each([
  ['{}', []],
  [' { } ', []],
  ['{"a":1}', [['a', '1']]],
  [
    '{"a": 1.50 , "b":[1, {"a":"]}"}] }',
    [
      ['a', '1.50'],
      ['b', '[1, {"a":"]}"}]'],
    ],
  ],
  [
    '{"a":"x,\\"}:{","b":null}',
    [
      ['a', '"x,\\"}:{"'],
      ['b', 'null'],
    ],
  ],
  ['{"\\u0061\\\\":"\\\\"}', [['a\\', '"\\\\"']]],
  ['{"a":1e400,"a":-0}', [['a', '-0']]],
  [
    '{"":{},"__proto__":{"a":[]}}',
    [
      ['', '{}'],
      ['__proto__', '{"a":[]}'],
    ],
  ],
])('%s', (json, expected) => {
  expect([...(readMembers(json) ?? [])]).toEqual(expected);
});

test.each(['[]', '["a", {"b":1}]', '"{"', '1', ' null', 'true'])('%s is no object', (json) => {
  expect(readMembers(json)).toBeUndefined();
});

test('each member is what JSON.parse finds in its place, however the text is laid out', () => {
  const layouts = fc.constantFrom(undefined, 1, '\t', '\r\n ');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), layouts, (value, layout) => {
      const read = readMembers(JSON.stringify(value, null, layout)) ?? new Map<string, string>();
      const parsed = [...read].map(([name, text]) => [name, JSON.parse(text) as unknown]);

      expect(new Map(parsed as [string, unknown][])).toEqual(
        new Map(Object.entries(JSON.parse(JSON.stringify(value)) as object)),
      );
    }),
  );
});

test.each([
  ['[]', []],
  [' [ ] ', []],
  ['[1.0]', ['1.0']],
  [
    '[ {"a":[1,{"b":"],"}]} ,\n"x,]",1e400, [[],[]],null ]',
    ['{"a":[1,{"b":"],"}]}', '"x,]"', '1e400', '[[],[]]', 'null'],
  ],
  ['["\\\\",":"]', ['"\\\\"', '":"']],
])('the elements of %s', (json, expected) => {
  expect(readElements(json)).toEqual(expected);
});

test('each element is what JSON.parse finds in its place, however the text is laid out', () => {
  const layouts = fc.constantFrom(undefined, 1, '\t', '\r\n ');
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), layouts, (value, layout) => {
      const json = JSON.stringify(value, null, layout);

      expect(readElements(json).map((text) => JSON.parse(text) as unknown)).toEqual(
        JSON.parse(json),
      );
    }),
  );
});

test('what is as deep as a body is long is read in a moment', () => {
  const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;

  expect(readMembers(`{"a":${deep}}`)?.get('a')).toBe(deep);
  expect(readElements(`[${deep},${deep}]`)).toEqual([deep, deep]);
});

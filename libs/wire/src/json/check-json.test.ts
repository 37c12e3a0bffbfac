import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkJson } from './check-json.js';

test.each([
  '{"__proto__":"x"}',
  '{"tags":{"__proto__":"x","a":"b"}}',
  '{"list":[1,{"\\u005f_proto__":{}}]}',
  `${'['.repeat(100_000)}{"__proto__":1}${']'.repeat(100_000)}`,
])('a member named __proto__ is refused wherever it stands', (json) => {
  expect(() => checkJson(JSON.parse(json), z.unknown(), 'The body')).toThrow(
    expect.objectContaining({
      code: 'ArgumentInvalid',
      message: 'The body: no member of it may be named __proto__',
    }),
  );
});

test.each([null, 1, '__proto__', { constructor: { prototype: 1 } }, [{ toString: null }]])(
  '%j has no such member',
  (value) => {
    expect(checkJson(value, z.unknown(), 'The body')).toEqual(value);
  },
);

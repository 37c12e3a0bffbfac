import { expect, test } from '@jest/globals';
import { formatEtag, parseIfMatch, requireIfMatch } from './if-match.js';

test.each([
  ['"*"', '*'],
  ['*', '*'],
  ['"abc="', 'abc='],
  ['abc=', 'abc='],
  ['W/"abc="', 'abc='],
  ['  "abc="  ', 'abc='],
  ['"', '"'],
  ['"abc', '"abc'],
  ['""', ''],
  ['W/""', ''],
  ['', undefined],
  ['  ', undefined],
  [undefined, undefined],
])('service-rest 3 and 6: If-Match %j expects %j', (header, expected) => {
  expect(parseIfMatch(header)).toBe(expected);
});

test('what is sent as ETag comes back as If-Match', () => {
  expect(parseIfMatch(formatEtag('MTA0Mg=='))).toBe('MTA0Mg==');
});

test('where a tag must be stated its absence is a bad request', () => {
  expect(requireIfMatch('"abc="')).toBe('abc=');
  for (const header of [undefined, ' ']) {
    expect(() => requireIfMatch(header)).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid' }),
    );
  }
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { refuses, survivesHostileInput } from './hostile-input.contract.js';
import { decodePropertyBag } from './property-bag.js';

describe('device-mqtt 32: the bag examples', () => {
  test.each([
    ['', {}],
    ['/', {}],
    [
      '%24.mid=m-1&%24.ct=application%2Fjson&%24.ce=utf-8&alert=high%20temp',
      { '$.mid': 'm-1', '$.ct': 'application/json', '$.ce': 'utf-8', alert: 'high temp' },
    ],
    ['$.mid=m-1&a=1/', { '$.mid': 'm-1', a: '1' }],
    ['a=1%2B2&b&c=', { a: '1+2', b: null, c: '' }],
    ['%24.sub=thermostat1', { '$.sub': 'thermostat1' }],
    ['%24.on=out1/', { '$.on': 'out1' }],
    ['?a=1', { '?a': '1' }],
  ])('%s', (text, properties) => {
    expect(Object.fromEntries(decodePropertyBag(text))).toEqual(properties);
  });
});

describe('device-mqtt 33: spellings', () => {
  test('$.mid and %24.mid are one key, and the last value counts', () => {
    expect([...decodePropertyBag('$.mid=1&%24.mid=2')]).toEqual([['$.mid', '2']]);
  });

  test('a trailing / is ignored', () => {
    expect(decodePropertyBag('a=1/')).toEqual(decodePropertyBag('a=1'));
  });

  test('a leading ? belongs to the first key', () => {
    expect([...decodePropertyBag('?a=1').keys()]).toEqual(['?a']);
  });
});

describe('decodePropertyBag', () => {
  test.each([
    ['a=b/c', { a: 'b' }],
    ['a=/x', { a: null }],
    ['a=/', { a: '' }],
    ['b=2&a=/x/y', { b: '2', a: null }],
    ['a/=x', { a: null }],
    ['a=b/=&&', { a: 'b' }],
  ])('the bag ends at a raw /: %s', (text, properties) => {
    expect(Object.fromEntries(decodePropertyBag(text))).toEqual(properties);
  });

  test.each([
    ['a=1&a=2', { a: '2' }],
    ['a=1&a', { a: null }],
    ['a&a=', { a: '' }],
  ])('the last of two counts: %s', (text, properties) => {
    expect(Object.fromEntries(decodePropertyBag(text))).toEqual(properties);
  });

  test.each([
    ['a=100%', { a: '100%' }],
    ['%zz=%4', { '%zz': '%4' }],
    ['a=%C3%28', { a: '%C3(' }],
  ])('a broken escape stays as it stands: %s', (text, properties) => {
    expect(Object.fromEntries(decodePropertyBag(text))).toEqual(properties);
  });

  test('other raw ASCII is taken as it is', () => {
    expect([...decodePropertyBag('a:b=;@,! {}')]).toEqual([['a:b', ';@,! {}']]);
  });

  test.each(['=', '=1', '&', 'a=1&', '&a=1', 'a=1&&b=2', 'a=1=2', 'a==', 'a=1&=2'])(
    'malformed: %s',
    (text) => {
      expect(refuses(() => decodePropertyBag(text))).toBe(true);
    },
  );

  test('reads back what an SDK encodes', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const bags = fc.uniqueArray(fc.tuple(text, fc.option(fc.string({ unit: 'grapheme' }))), {
      selector: ([key]) => key,
    });
    fc.assert(
      fc.property(bags, (pairs) => {
        expect([...decodePropertyBag(pairs.map(encodePair).join('&'))]).toEqual(pairs);
      }),
    );
  });

  survivesHostileInput(decodePropertyBag, ['a=1&', '=', '&', '/', '%', '%24.mid', 'b', '?']);
});

function encodePair([key, value]: readonly [string, string | null]): string {
  const name = encodeURIComponent(key);
  return value === null ? name : `${name}=${encodeURIComponent(value)}`;
}

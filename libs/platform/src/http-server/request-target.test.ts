import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRequestTarget } from './request-target.js';

test.each([
  ['/devices', ['devices']],
  ['/devices/', ['devices']],
  ['/devices/?api-version=1', ['devices']],
  ['/devices//', ['devices', '']],
  ['//devices', ['', 'devices']],
  ['/', ['']],
  ['', ['']],
  ['*', ['*']],
  ['https://hub.example:443/devices/a?x=1', ['devices', 'a']],
  ['HTTPS://hub.example', ['']],
  ['/devices/..', ['devices', '..']],
  ['/devices/a#b', ['devices', 'a#b']],
])('the path of %s has the segments %j', (target, segments) => {
  expect(parseRequestTarget(target).segments).toEqual(segments);
});

test.each([
  ['a+b', 'a+b'],
  ['a%2Bb', 'a+b'],
  ["x'y", "x'y"],
  ['50%', '50%'],
  ['50%25', '50%'],
  ['%2e%2E', '..'],
  ['a%2Fb', 'a/b'],
  ['a%252Fb', 'a%2Fb'],
  ['%24edgeAgent', '$edgeAgent'],
  ['%C3%A9', 'é'],
  ['%FF', '%FF'],
  ['%zz', '%zz'],
])('the segment %s is decoded once and leniently to %s', (encoded, decoded) => {
  expect(parseRequestTarget(`/devices/${encoded}`).segments).toEqual(['devices', decoded]);
});

test('query names are compared without regard to case, and the first of two counts', () => {
  const { query } = parseRequestTarget('/devices?API-Version=1&api-version=2&top=%33&x');

  expect([...query]).toEqual([
    ['api-version', '1'],
    ['top', '3'],
    ['x', ''],
  ]);
});

test('a name that objects inherit is a name as any other', () => {
  expect(parseRequestTarget('/?__proto__=1&constructor=2').query.get('__proto__')).toBe('1');
  expect(parseRequestTarget('/').query.get('constructor')).toBeUndefined();
});

test('whatever the target, it is read, and each segment can be sent on', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary-ascii' }),
        fc
          .array(fc.constantFrom('/', '%', '2', 'F', '?', '=', '&', '#', 'ÿ', '%C3', 'http://'))
          .map((parts) => parts.join('')),
      ),
      (target) => {
        const { segments } = parseRequestTarget(target);

        expect(segments.map((one) => decodeURIComponent(encodeURIComponent(one)))).toEqual(
          segments,
        );
      },
    ),
  );
});

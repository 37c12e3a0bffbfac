import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endToEndHeaders } from './end-to-end-headers.js';

test('what is passed on keeps its order, its spelling and its number', () => {
  const headers = ['Host', 'h', 'iothub-App-Key', ' a ', 'X-Two', '1', 'x-two', '2', 'ETag', '"e"'];
  expect(endToEndHeaders(headers)).toEqual(headers);
});

test.each([
  'Connection',
  'KEEP-ALIVE',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'upgrade',
  'Proxy-Authorization',
  'Proxy-Authenticate',
  'proxy-connection',
])('%s is of one connection', (name) => {
  expect(endToEndHeaders(['A', '1', name, 'x', 'B', '2'])).toEqual(['A', '1', 'B', '2']);
});

test('what Connection names is of one connection, in each of its fields', () => {
  const headers = [
    'connection',
    'X-One , close',
    'X-one',
    '1',
    'Connection',
    'x-two,,',
    'X-TWO',
    '2',
  ];
  expect(endToEndHeaders([...headers, 'X-Three', '3'])).toEqual(['X-Three', '3']);
});

test('Connection cannot hide where the body ends', () => {
  const headers = ['Connection', 'Content-Length', 'Content-Length', '5'];
  expect(endToEndHeaders(headers)).toEqual(['Content-Length', '5']);
});

test('nothing but whole fields of the request is passed on', () => {
  const field = fc.tuple(fc.string(), fc.string());
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const passed = endToEndHeaders(fields.flat());
      const pairs = passed.flatMap((_, at) => (at % 2 === 0 ? [passed.slice(at, at + 2)] : []));
      expect(fields).toEqual(expect.arrayContaining(pairs));
    }),
  );
});

import { expect, test } from '@jest/globals';
import { readTlsVersion } from './client-source.js';

test.each([
  ['1.2', '1.2'],
  ['TLSv1.2', '1.2'],
  ['TLSv1.3', '1.3'],
  ['TLSv1.1', undefined],
  ['TLSv1.4', undefined],
  ['SSLv3', undefined],
  ['unknown', undefined],
  ['', undefined],
  [null, undefined],
  [undefined, undefined],
])('%p is the version %p', (name, version) => {
  expect(readTlsVersion(name)).toBe(version);
});

import { expect, test } from '@jest/globals';
import { isApiVersion } from './api-version.js';

test.each(['2015-08-15-preview', '2021-04-12', '2024-02-29', '2099-12-31-preview'])(
  '%s is a version',
  (version) => {
    expect(isApiVersion(version)).toBe(true);
  },
);

test.each([
  ...[undefined, '', '1', 'latest', '2021-4-12', '2021-04-12 ', ' 2021-04-12', '2021-04-12\n'],
  ...['2021-04-12-beta', '2099-13-01', '2099-02-30', '2023-02-29', 'preview', '12021-04-12'],
])('%j is none', (version) => {
  expect(isApiVersion(version)).toBe(false);
});

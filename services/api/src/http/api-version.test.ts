import { expect, test } from '@jest/globals';
import { checkApiVersion, knowsAttributes } from './api-version.js';

test.each([
  '2021-04-12',
  '2016-02-03',
  '2017-11-08-preview',
  '2024-03-31',
  '2020-05-31-preview',
  '2099-12-31',
])('%s is an api-version', (version) => {
  expect(() => {
    checkApiVersion(version);
  }).not.toThrow();
});

test.each([
  undefined,
  '',
  '1',
  'latest',
  '2016-02-02',
  '2021-4-12',
  '2021-13-01',
  '2021-02-30',
  '2021-04-12-beta',
  '2021-04-12 ',
  '2021-04-12\n',
])('service-rest 66: %j is none, which is InvalidProtocolVersion', (version) => {
  expect(() => {
    checkApiVersion(version);
  }).toThrow(expect.objectContaining({ code: 'InvalidProtocolVersion', number: 400001 }));
});

test.each([
  ['2024-03-31', true],
  ['2025-01-01-preview', true],
  ['2021-04-12', false],
  [undefined, false],
])('attributes are known to %s: %s', (version, known) => {
  expect(knowsAttributes(version)).toBe(known);
});

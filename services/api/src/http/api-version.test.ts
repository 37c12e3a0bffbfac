import { describe, expect, test } from '@jest/globals';
import {
  checkResourceApiVersion,
  checkServiceApiVersion,
  knowsAttributes,
  resourceApiVersions,
  serviceApiVersions,
} from './api-version.js';

const malformed = [
  ...['1', 'latest', '2021-4-12', '2021-04-12 ', '2021-04-12\n', '2021-04-12-beta'],
  ...['2099-13-01', '2099-02-30', '2099-12-31-beta', 'preview'],
];
/** Of clients that are newer than the hub. */
const later = ['2099-12-31', '2099-12-31-preview'];

describe('of the service REST API', () => {
  test.each([
    '2016-02-03',
    '2017-11-08-preview',
    '2021-04-12',
    '2020-05-31-preview',
    '2025-08-01',
    ...later,
  ])('%s is taken', (version) => {
    expect(() => {
      checkServiceApiVersion(version);
    }).not.toThrow();
  });

  test.each([undefined, '', ...malformed, '2016-02-02', '2021-04-13'])(
    'service-rest 66: %j is none, which is InvalidProtocolVersion',
    (version) => {
      expect(() => {
        checkServiceApiVersion(version);
      }).toThrow(
        expect.objectContaining({
          code: 'InvalidProtocolVersion',
          number: 400001,
          message: expect.stringContaining('2021-04-12'),
        }),
      );
    },
  );

  test('a refusal names what was sent, cut short', () => {
    expect(() => {
      checkServiceApiVersion('x'.repeat(1_000));
    }).toThrow(`The api-version '${'x'.repeat(32)}' is not known:`);
  });
});

describe('of the control plane', () => {
  test.each([
    '2016-02-03',
    '2021-07-02',
    '2022-04-30-preview',
    '2023-06-30',
    '2026-10-01',
    ...later,
  ])('%s is taken', (version) => {
    expect(() => {
      checkResourceApiVersion(version);
    }).not.toThrow();
  });

  test.each([undefined, ''])('%j is MissingApiVersionParameter', (version) => {
    expect(() => {
      checkResourceApiVersion(version);
    }).toThrow(expect.objectContaining({ code: 'MissingApiVersionParameter', httpStatus: 400 }));
  });

  test.each([...malformed, '2021-04-12', '2023-07-01', '2025-08-01'])(
    '%j is InvalidApiVersionParameter, with the versions that are none, the newest first',
    (version) => {
      expect(() => {
        checkResourceApiVersion(version);
      }).toThrow(
        expect.objectContaining({
          code: 'InvalidApiVersionParameter',
          httpStatus: 400,
          message: expect.stringMatching(
            /^The api-version '[^]+' is invalid\. The supported versions are '2026-.*,2016-02-03,/,
          ),
        }),
      );
    },
  );
});

test.each([
  ['the service REST API', serviceApiVersions],
  ['the control plane', resourceApiVersions],
])('the versions of %s are dates, each once, in their order', (_, versions) => {
  expect(versions.filter((version) => !isVersion(version))).toEqual([]);
  expect(new Set(versions).size).toBe(versions.length);
  const dates = versions.map((version) => version.slice(0, 10));
  expect(dates).toEqual(dates.toSorted());
});

test.each([
  ['2024-03-31', true],
  ['2025-08-01-preview', true],
  ['2025-08-01', true],
  ['2021-04-12', false],
  [undefined, false],
])('attributes are known to %s: %s', (version, known) => {
  expect(knowsAttributes(version)).toBe(known);
});

function isVersion(version: string): boolean {
  const date = /^(\d{4}-\d{2}-\d{2})(-preview)?$/.exec(version)?.[1];
  return date !== undefined && new Date(date).toISOString().startsWith(date);
}

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  dotnetTicks,
  formatIsoTime,
  formatOffsetTime,
  neverTime,
  parseIsoTime,
  ticksToFileTime,
} from './dotnet-time.js';

describe('formatIsoTime', () => {
  test('device-mqtt 42: seven fraction digits and Z', () => {
    expect(formatIsoTime(new Date(Date.UTC(2026, 0, 1)))).toBe('2026-01-01T00:00:00.0000000Z');
    expect(formatIsoTime(new Date(1620809288720))).toBe('2021-05-12T08:48:08.7200000Z');
  });

  test('reads back as the same time', () => {
    const thisMillennium = { min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(thisMillennium), (time) => {
        expect(new Date(formatIsoTime(time))).toEqual(time);
      }),
    );
  });
});

test('formatOffsetTime has whole seconds and an offset', () => {
  expect(formatOffsetTime(new Date('2016-06-01T21:22:41.999Z'))).toBe('2016-06-01T21:22:41+00:00');
  expect(formatOffsetTime(new Date(0))).toBe('1970-01-01T00:00:00+00:00');
});

test('service-rest 19: never is the first instant of .NET', () => {
  expect(dotnetTicks(new Date(neverTime))).toBe(0n);
});

describe('dotnetTicks', () => {
  test('counts 100 ns since the year 1', () => {
    expect(dotnetTicks(new Date(0))).toBe(621355968000000000n);
    expect(dotnetTicks(new Date('2021-04-15T14:04:22.750Z'))).toBe(637540922627500000n);
  });

  test('has 18 digits, as generation ids need', () => {
    expect(String(dotnetTicks(new Date('2026-11-21T00:00:00Z')))).toMatch(/^\d{18}$/);
  });
});

test('ticksToFileTime counts from 1601', () => {
  expect(ticksToFileTime(dotnetTicks(new Date('1601-01-01T00:00:00Z')))).toBe(0n);
  expect(ticksToFileTime(dotnetTicks(new Date(0)))).toBe(116444736000000000n);
});

describe('parseIsoTime', () => {
  test.each([
    ['2026-01-31T10:11:12.1234567Z', '2026-01-31T10:11:12.123Z'],
    ['2026-01-31T10:11:12.5Z', '2026-01-31T10:11:12.500Z'],
    ['2026-01-31T10:11:12Z', '2026-01-31T10:11:12.000Z'],
    ['2026-01-31T10:11:12', '2026-01-31T10:11:12.000Z'],
    ['2026-01-31T10:11:12.000+05:30', '2026-01-31T04:41:12.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseIsoTime(text)?.toISOString()).toBe(expected);
  });

  test.each([
    '',
    '0',
    '1769854272',
    '2026-01-31',
    '2026-02-30T10:11:12Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T10:11:12+25:00',
    '2026-01-31T10:11:12.12345678Z',
    '2026-01-31T10:11:12Z ',
    'Sat, 31 Jan 2026 10:11:12 GMT',
  ])('%j is none', (text) => {
    expect(parseIsoTime(text)).toBeUndefined();
  });

  test('reads what formatIsoTime writes', () => {
    const time = new Date(1620809288720);
    expect(parseIsoTime(formatIsoTime(time))).toEqual(time);
  });
});

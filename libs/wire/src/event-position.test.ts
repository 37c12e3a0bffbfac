import { describe, expect, test } from '@jest/globals';
import { parseEventFilter } from './event-position.js';

const earliest = { kind: 'earliest' };
const latest = { kind: 'latest' };
const from = (first: bigint) => ({ kind: 'sequence-number', first });
const since = (firstMs: number) => ({ kind: 'time', firstMs });

describe('amqp 53: where a reader begins', () => {
  test.each([
    ["amqp.annotation.x-opt-offset > '-1'", earliest],
    ['amqp.annotation.x-opt-offset > -1', earliest],
    ["amqp.annotation.x-opt-offset >= '-1'", earliest],
    ["amqp.annotation.x-opt-offset > '@latest'", latest],
    ['amqp.annotation.x-opt-offset > @latest', latest],
    ['amqp.annotation.x-opt-offset>@LATEST', latest],
    ["amqp.annotation.x-opt-offset > '41'", from(42n)],
    ["amqp.annotation.x-opt-offset >= '41'", from(41n)],
    ['amqp.annotation.x-opt-sequence-number > 41', from(42n)],
    ["amqp.annotation.x-opt-sequence-number >= '0'", from(0n)],
    ['amqp.annotation.x-opt-sequence-number > -1', earliest],
    ['amqp.annotation.x-opt-offset > 9223372036854775807', from(9223372036854775808n)],
    ["amqp.annotation.x-opt-enqueued-time > '1700000000000'", since(1_700_000_000_001)],
    ['amqp.annotation.x-opt-enqueued-time >= 1700000000000', since(1_700_000_000_000)],
    ['amqp.annotation.x-opt-enqueuedtimeutc > 1700000000000', since(1_700_000_000_001)],
    ["  AMQP.Annotation.X-Opt-Offset  >=  '7'  ", from(7n)],
  ])('%s', (filter, position) => {
    expect(parseEventFilter(filter)).toEqual(position);
  });

  test.each([
    '',
    'x-opt-offset > 1',
    'amqp.annotation.x-opt-offset',
    'amqp.annotation.x-opt-offset = 1',
    'amqp.annotation.x-opt-offset < 1',
    'amqp.annotation.x-opt-offset > ',
    "amqp.annotation.x-opt-offset > '",
    "amqp.annotation.x-opt-offset > '1",
    "amqp.annotation.x-opt-offset > ''",
    'amqp.annotation.x-opt-offset > 1 or 1 = 1',
    'amqp.annotation.x-opt-offset > -2',
    'amqp.annotation.x-opt-offset > 1.5',
    'amqp.annotation.x-opt-offset > 0x10',
    'amqp.annotation.x-opt-offset > 99999999999999999999',
    'amqp.annotation.x-opt-sequence-number >= -1',
    'amqp.annotation.x-opt-sequence-number > @latest',
    'amqp.annotation.x-opt-enqueued-time > @latest',
    'amqp.annotation.x-opt-enqueued-time > -1',
    'amqp.annotation.x-opt-enqueued-time > 1e12',
    'amqp.annotation.constructor > 1',
    `amqp.annotation.x-opt-offset >${' '.repeat(100)}1`,
  ])('%p is none', (filter) => {
    expect(parseEventFilter(filter)).toBeUndefined();
  });

  test('a filter of a megabyte is none', () => {
    expect(
      parseEventFilter(`amqp.annotation.x-opt-offset > ${'9'.repeat(1_000_000)}`),
    ).toBeUndefined();
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatHeaderValue,
  isHeaderName,
  isHeaderText,
  readMessageHeaders,
} from './message-headers.js';

/** As Node gives the bytes of a header. */
const onWire = (text: string): string => Buffer.from(text).toString('latin1');

const refusal = (message: string): object =>
  expect.objectContaining({ code: 'ArgumentInvalid', message });

describe('headers of a request', () => {
  test('device-https 9: are read in any letter case', () => {
    const { system } = readMessageHeaders([
      'IoTHub-MessageId',
      'm1',
      'IOTHUB-USERID',
      onWire('zoë'),
    ]);

    expect([system('iothub-messageid'), system('iothub-userid')]).toEqual(['m1', 'zoë']);
  });

  test('that are empty or absent say nothing', () => {
    const { system } = readMessageHeaders(['iothub-messageid', '']);

    expect([system('iothub-messageid'), system('iothub-userid')]).toEqual([undefined, undefined]);
  });

  test('of the application keep the letters of their names and may be empty; of two the last counts', () => {
    const headers = [
      ...['iothub-app-a', '1', 'IOTHUB-APP-CamelCase', onWire('groß'), 'iothub-app-A', '2'],
      ...[
        'iothub-app-a',
        '3',
        'iothub-app-e',
        '',
        'iothub-messageid',
        'x',
        'iothub-MessageId',
        'y',
      ],
    ];
    const { properties, system } = readMessageHeaders(headers);

    expect(system('iothub-messageid')).toBe('y');
    expect(properties).toEqual([
      ['a', '3'],
      ['CamelCase', 'groß'],
      ['A', '2'],
      ['e', ''],
    ]);
  });

  test.each([
    ['iothub-app-a', 'gro\xdf', 'iothub-app-a: must be text in UTF-8.'],
    ['iothub-app-', 'x', 'iothub-app-: a property has a name.'],
  ])('%s: %j is refused by name', (name, value, message) => {
    expect(() => readMessageHeaders([name, value])).toThrow(refusal(message));
  });

  test('a system property is refused when it is asked for', () => {
    const { system } = readMessageHeaders(['iothub-messageid', '\xff']);

    expect(() => system('iothub-messageid')).toThrow(
      refusal('iothub-messageid: must be text in UTF-8.'),
    );
  });

  test('may be read otherwise', () => {
    const { properties } = readMessageHeaders(
      ['iothub-app-a', 'zoë'],
      (name, value) => name + value,
    );

    expect(properties).toEqual([['a', 'iothub-app-azoë']]);
  });
});

describe('a value of a header', () => {
  test.each([
    ['plain', 'plain'],
    ['zoë', onWire('zoë')],
    ['a\r\nSet-Cookie: b\0\x7f\tc', 'aSet-Cookie: b\tc'],
    ['', ''],
  ])('of %j is %j', (text, value) => {
    expect(formatHeaderValue(text)).toBe(value);
  });

  test('never ends its header, and is read back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = formatHeaderValue(text);
        const [[, read] = []] = readMessageHeaders(['iothub-app-a', value]).properties;

        expect(value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
        expect(read === text).toBe(isHeaderText(text));
      }),
    );
  });
});

test.each([
  ["!#$%&'*+-.^_`|~aZ09", true],
  ['', false],
  ['a b', false],
  ['a:b', false],
  ['größe', false],
  ['a\n', false],
  ['a\r\nb', false],
])('whether %j may name a header: %j', (name, may) => {
  expect(isHeaderName(name)).toBe(may);
});

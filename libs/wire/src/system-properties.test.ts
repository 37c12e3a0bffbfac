import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { decodePropertyBag } from './property-bag.js';
import { hubProperties, toMessageProperties } from './system-properties.js';

describe('system properties', () => {
  test.each([
    ['$.mid', 'message-id'],
    ['$.cid', 'correlation-id'],
    ['$.uid', 'user-id'],
    ['$.ct', 'content-type'],
    ['$.ce', 'content-encoding'],
    ['$.exp', 'absolute-expiry-time'],
    ['$.ctime', 'iothub-creation-time-utc'],
    ['$.on', 'iothub-outputname'],
    ['$.ifid', 'iothub-interface-id'],
    ['$.schema', 'iothub-message-schema'],
    ['$.diagid', 'iothub-diag-id'],
    ['$.diagctx', 'diag-correlation-context'],
  ])('device-mqtt 32: %s is %s', (key, name) => {
    expect(propertiesOf(`${key}=x`)).toEqual([[name, 'x']]);
  });

  test('device-mqtt 35: $.sub is dt-subject', () => {
    expect(propertiesOf('%24.sub=thermostat1')).toEqual([['dt-subject', 'thermostat1']]);
  });

  test('device-mqtt 36: $.cdid and $.cmid are not taken from a device', () => {
    expect(propertiesOf('$.cdid=other&$.cmid=other&a=1')).toEqual([['a', '1']]);
  });

  test('$.to and unknown keys with $. are dropped, and so is one without value', () => {
    expect(propertiesOf('$.to=%2Fdevices&$.xyz=1&$.=2&$.mid')).toEqual([]);
  });

  test('an empty value is a value', () => {
    expect(propertiesOf('$.ct=&$.mid=')).toEqual([
      ['content-type', ''],
      ['message-id', ''],
    ]);
  });
});

describe('application properties', () => {
  test('keep name, value, null and order', () => {
    expect(propertiesOf('b=1&%24.mid=m&a&c=&$x=2')).toEqual([
      ['b', '1'],
      ['message-id', 'm'],
      ['a', null],
      ['c', ''],
      ['$x', '2'],
    ]);
  });

  test.each([
    ...Object.values(hubProperties),
    'dt-subject',
    'message-id',
    'content-type',
    'iothub-outputname',
    'iothub-ack',
    'iothub-operation',
  ])('device-mqtt 36: a device cannot set %s', (name) => {
    expect(propertiesOf(`${name}=x&a=1`)).toEqual([['a', '1']]);
  });

  test('names differ in letter case', () => {
    expect(propertiesOf('Message-Id=x')).toEqual([['Message-Id', 'x']]);
  });
});

describe('device-mqtt 30: counted bytes', () => {
  test.each([
    ['', 0],
    ['$.mid=12345', 5],
    ['name=12345', 9],
    ['name', 4],
    ['name=', 4],
    ['n%C3%A9=%E2%82%AC', 6],
    ['$.to=123456789&iothub-ack=full', 0],
  ])('%s counts %i', (bag, bytes) => {
    expect(toMessageProperties(decodePropertyBag(bag)).countedBytes).toBe(bytes);
  });

  test('are the UTF-8 length of all that is kept, less the names of system properties', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.dictionary(text, fc.option(text)), (record) => {
        const bag = new Map(Object.entries({ ...record, '$.mid': 'm-1' }));
        const { properties, countedBytes } = toMessageProperties(bag);
        const allBytes = Buffer.byteLength(properties.flat().join(''));
        expect(countedBytes).toBe(allBytes - 'message-id'.length);
      }),
    );
  });
});

function propertiesOf(bag: string): unknown {
  return toMessageProperties(decodePropertyBag(bag)).properties;
}

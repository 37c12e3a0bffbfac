import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { formatDeviceboundTopic, type DeviceboundProperties } from './mqtt-devicebound-topic.js';
import { decodePropertyBag } from './property-bag.js';

const to = '%24.to=%2Fdevices%2Fdev1%2Fmessages%2FdeviceBound';
const all: DeviceboundProperties = {
  messageId: 'm 1',
  expiryTime: new Date('2026-01-01T00:00:00Z'),
  correlationId: 'c',
  userId: 'u',
  contentType: 'application/json;charset=utf-8',
  contentEncoding: 'utf-8',
  creationTime: new Date('2025-12-31T23:59:59.5Z'),
  ack: 'full',
  properties: [['prop3', 'a string']],
};

function bagOf(message: Partial<DeviceboundProperties>): string {
  const prefix = 'devices/dev1/messages/devicebound/';
  const topic = formatDeviceboundTopic('dev1', { properties: [], ...message });
  expect(topic.startsWith(prefix)).toBe(true);
  return topic.slice(prefix.length);
}

test('device-mqtt 40: the bag of a message without properties is not empty', () => {
  expect(formatDeviceboundTopic('dev1', { properties: [] })).toBe(
    'devices/dev1/messages/devicebound/%24.to=%2Fdevices%2Fdev1%2Fmessages%2FdeviceBound',
  );
});

test('device-mqtt 41, 42: system properties stand first, in their order, then those of the sender', () => {
  expect(bagOf(all)).toBe(
    [
      '%24.mid=m%201',
      '%24.exp=2026-01-01T00%3A00%3A00.0000000Z',
      '%24.cid=c',
      '%24.uid=u',
      to,
      '%24.ct=application%2Fjson%3Bcharset%3Dutf-8',
      '%24.ce=utf-8',
      '%24.ctime=2025-12-31T23%3A59%3A59.5000000Z',
      'iothub-ack=full',
      'prop3=a%20string',
    ].join('&'),
  );
});

test('the example of the specification', () => {
  const { expiryTime, ack, properties } = all;
  expect(bagOf({ messageId: '7f1c', expiryTime, ack, properties })).toBe(
    `%24.mid=7f1c&%24.exp=2026-01-01T00%3A00%3A00.0000000Z&${to}&iothub-ack=full&prop3=a%20string`,
  );
});

test('the id of the device stands raw in its segment, and escaped once in the address', () => {
  expect(formatDeviceboundTopic("d%41!*'()@$", { properties: [] })).toBe(
    "devices/d%41!*'()@$/messages/devicebound/%24.to=%2Fdevices%2Fd%2541%21%2A%27%28%29%40%24%2Fmessages%2FdeviceBound",
  );
});

test.each([
  ['a space, not +', ' ', '%20'],
  ['a plus, which Java takes for a space', '+', '%2B'],
  ['an equals sign, at which Python splits', '=', '%3D'],
  ['a slash, at which all split', '/', '%2F'],
  ['an ampersand', '&', '%26'],
  ['a wildcard and a zero, which no topic holds', '#\0', '%23%00'],
  ['a percent sign', '%24.mid', '%2524.mid'],
  ['what encodeURIComponent leaves', "!'()*", '%21%27%28%29%2A'],
  ['UTF-8, in upper-case hex', 'ü𝄞', '%C3%BC%F0%9D%84%9E'],
  ['what stays', 'AZaz09-._~', 'AZaz09-._~'],
])('device-mqtt 41: %s, in names and values', (_, text, escaped) => {
  expect(bagOf({ properties: [[`n${text}`, `v${text}`]] })).toBe(`${to}&n${escaped}=v${escaped}`);
});

test('null has no equals sign, the empty value has one', () => {
  const properties = [
    ['gone', null],
    ['empty', ''],
  ] as const;
  expect(bagOf({ properties })).toBe(`${to}&gone&empty=`);
});

test('a system property that is empty is left out: Java fails at it', () => {
  expect(bagOf({ messageId: '', contentType: '' })).toBe(to);
});

test.each([
  ['no time at all', new Date(NaN)],
  ['behind the year 9999', new Date('+010000-01-01T00:00:00Z')],
  ['before the year 1', new Date('0000-12-31T23:59:59Z')],
])('a time that is %s is left out', (_, time) => {
  expect(bagOf({ expiryTime: time, creationTime: time })).toBe(to);
});

describe('whatever the sender says', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const message = fc.record({
    messageId: fc.option(text, { nil: undefined }),
    correlationId: fc.option(text, { nil: undefined }),
    contentType: fc.option(text, { nil: undefined }),
    properties: fc.array(fc.tuple(text, fc.option(text)), { maxLength: 5 }),
  });

  test('the topic has five segments, of characters that MQTT and all parsers take', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const segments = formatDeviceboundTopic('dev1', sent).split('/');
        expect(segments.slice(0, 4)).toEqual(['devices', 'dev1', 'messages', 'devicebound']);
        expect(segments).toHaveLength(5);
        // Java reads from here on.
        expect(segments[4]).toMatch(/^%24\.[\w\-.~%=&]+$/);
      }),
    );
  });

  test('it can be read back', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const named = sent.properties.filter(([name]) => name !== '' && !name.startsWith('$.'));
        const bag = decodePropertyBag(bagOf({ ...sent, properties: named }));
        expect(bag.get('$.mid')).toBe(sent.messageId === '' ? undefined : sent.messageId);
        expect(bag.get('$.to')).toBe('/devices/dev1/messages/deviceBound');
        for (const [name, value] of new Map(named)) {
          expect(bag.get(name)).toBe(value);
        }
      }),
    );
  });
});

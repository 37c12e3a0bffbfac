import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { refuses, survivesHostileInput } from './hostile-input.contract.js';
import { PublishTopicParser } from './mqtt-publish-topic.js';
import { decodePropertyBag } from './property-bag.js';

const device = new PublishTopicParser({ deviceId: 'dev1' });
const module = new PublishTopicParser({ deviceId: 'dev1', moduleId: 'mod1' });

describe('telemetry', () => {
  test.each([
    ['devices/dev1/messages/events', ''],
    ['devices/dev1/messages/events/', ''],
    ['devices/dev1/messages/events/a=1', 'a=1'],
    ['devices/dev1/messages/events/a=1/', 'a=1/'],
    ['devices/dev1/messages/events/%24.mid=m-1&a=b/c', '%24.mid=m-1&a=b/c'],
    ['devices/dev1/messages/events//', '/'],
  ])('device-mqtt 32: %s', (topic, bag) => {
    expect(device.parse(topic)).toEqual({ kind: 'telemetry', bag });
  });

  test('a module has topics of its own', () => {
    expect(module.parse('devices/dev1/modules/mod1/messages/events/%24.on=out1/')).toEqual({
      kind: 'telemetry',
      bag: '%24.on=out1/',
    });
  });

  test('ids stand raw: percent-encoding has no meaning', () => {
    const parser = new PublishTopicParser({ deviceId: '50%25' });
    expect(parser.parse('devices/50%25/messages/events/a')).toEqual({
      kind: 'telemetry',
      bag: 'a',
    });
    expect(refuses(() => parser.parse('devices/50%/messages/events/a'))).toBe(true);
  });

  test.each(['a=1+2', 'a=#', 'a=\0'])('device-mqtt 34: %j closes', (bag) => {
    expect(refuses(() => device.parse(`devices/dev1/messages/events/${bag}`))).toBe(true);
  });
});

describe('device-mqtt 25: topics of others and unknown topics close', () => {
  test.each([
    'devices/dev2/messages/events/',
    'devices/dev10/messages/events/',
    'devices/Dev1/messages/events/',
    'Devices/dev1/messages/events/',
    'devices/dev1/messages/Events/',
    'devices/dev1/messages/eventsX',
    'devices/dev1/messages/foo',
    'devices/dev1/modules/mod1/messages/events/',
    '/devices/dev1/messages/events/',
    'messages/events',
    '',
  ])('a device on %j', (topic) => {
    expect(refuses(() => device.parse(topic))).toBe(true);
  });

  test.each([
    'devices/dev1/messages/events/',
    'devices/dev1/modules/mod2/messages/events/',
    'devices/dev1/modules/mod1/inputs/x',
  ])('a module on %s', (topic) => {
    expect(refuses(() => module.parse(topic))).toBe(true);
  });

  test.each([
    '$iothub/credentials/POST/issueCertificate/?$rid=1',
    '$iothub/streams/res/200/?$rid=1',
    '$iothub/twin/res/200/?$rid=1',
    '$iothub/twin/PUT/?$rid=1',
    '$iothub/twin/get/?$rid=1',
    '$iothub/twin/GET?$rid=1',
    '$iothub/methods/POST/reboot/?$rid=1',
  ])('preview or unknown: %s', (topic) => {
    expect(refuses(() => device.parse(topic))).toBe(true);
  });
});

describe('twin requests', () => {
  test.each(['8a2f6c1e-0000-4000-8000-000000000000', '17', 'a/b?c', '%20'])(
    'the request id is taken as it stands: %s',
    (requestId) => {
      expect(device.parse(`$iothub/twin/GET/?$rid=${requestId}`)).toEqual({
        kind: 'twin-get',
        requestId,
      });
    },
  );

  test.each([
    ['?$rid=5', undefined],
    ['?$rid=5&$version=7', 7n],
    ['?$version=7&$rid=5', 7n],
    ['?$rid=5&x=1', undefined],
  ])('device-mqtt 54: a patch may name the version it is for: %s', (query, ifVersion) => {
    expect(device.parse(`$iothub/twin/PATCH/properties/reported/${query}`)).toEqual({
      kind: 'reported-patch',
      requestId: '5',
      ifVersion,
    });
  });

  test('a module uses the same topics', () => {
    expect(module.parse('$iothub/twin/GET/?$rid=1').kind).toBe('twin-get');
  });

  test.each([
    '$iothub/twin/GET/?',
    '$iothub/twin/GET/?$rid=',
    '$iothub/twin/GET/?rid=1',
    `$iothub/twin/GET/?$rid=${'1'.repeat(1025)}`,
    '$iothub/twin/PATCH/properties/reported/?$version=7',
    '$iothub/twin/PATCH/properties/reported/?$rid=1&$version=x',
    '$iothub/twin/PATCH/properties/reported/?$rid=1&$version=-1',
    '$iothub/twin/PATCH/properties/reported/?$rid=1&$version=',
    '$iothub/twin/PATCH/properties/desired/?$rid=1',
  ])('malformed, so nothing could be answered: %s', (topic) => {
    expect(refuses(() => device.parse(topic))).toBe(true);
  });
});

describe('method responses', () => {
  test.each([
    ['200', 200],
    ['404', 404],
    ['-1', -1],
    ['0', 0],
  ])('device-mqtt 48: status %s', (text, status) => {
    expect(device.parse(`$iothub/methods/res/${text}/?$rid=5`)).toEqual({
      kind: 'method-response',
      requestId: '5',
      status,
    });
  });

  test.each(['abc', '', '1.5', '9'.repeat(16), '0x1'])('status %j is none', (text) => {
    expect(device.parse(`$iothub/methods/res/${text}/?$rid=5`)).toMatchObject({
      status: undefined,
    });
  });

  test('parameters after the request id are dropped', () => {
    expect(device.parse('$iothub/methods/res/200/?$rid=5&k=v')).toMatchObject({ requestId: '5' });
  });

  test.each([
    '$iothub/methods/res/200',
    '$iothub/methods/res/200/?',
    '$iothub/methods/res/200?$rid=1',
  ])('malformed: %s', (topic) => {
    expect(refuses(() => device.parse(topic))).toBe(true);
  });
});

test('whatever stands after the own prefix is telemetry', () => {
  const rest = fc.string({ unit: 'grapheme' }).filter((text) => !/[+#\0]/.test(text));
  fc.assert(
    fc.property(rest, (bag) => {
      expect(device.parse(`devices/dev1/messages/events/${bag}`)).toEqual({
        kind: 'telemetry',
        bag,
      });
    }),
  );
});

describe('topic and bag together', () => {
  survivesHostileInput(
    (topic) => {
      const parsed = device.parse(topic);
      return parsed.kind === 'telemetry' ? decodePropertyBag(parsed.bag) : parsed;
    },
    [
      'devices/dev1/messages/events/',
      '$iothub/twin/GET/?$rid=',
      '&$rid=',
      '&$version=',
      '/?',
      '%',
      '9',
    ],
  );
  survivesHostileInput(
    (topic) => device.parse(topic),
    [
      '$iothub/methods/res/',
      '/?',
      '$rid=',
      '&',
      '-',
      '1',
      '$iothub/twin/PATCH/properties/reported/?',
    ],
  );
});

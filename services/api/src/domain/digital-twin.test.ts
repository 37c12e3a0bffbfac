import { expect, test } from '@jest/globals';
import { toDigitalTwin } from './digital-twin.js';

function describeTwin(desired: object, reported: object, modelId?: string): unknown {
  const twin = { deviceId: 'd1', modelId, properties: { desired, reported } };
  return JSON.parse(JSON.stringify(toDigitalTwin(JSON.stringify(twin))));
}

const changed = (time: string, version?: number) => ({
  $lastUpdated: time,
  $lastUpdatedVersion: version,
});

test('a twin without a model, of which nothing is said', () => {
  expect(describeTwin({ $version: 1 }, { $version: 1 }, '')).toEqual({
    $dtId: 'd1',
    $metadata: {},
  });
});

test('a property that is only reported has its value and when that came', () => {
  const reported = { serial: 'x1', $metadata: { ...changed('t0'), serial: changed('t1') } };

  expect(describeTwin({}, reported, 'dtmi:a;1')).toEqual({
    $dtId: 'd1',
    serial: 'x1',
    $metadata: { $model: 'dtmi:a;1', serial: { lastUpdateTime: 't1' } },
  });
});

test('a writable property has what the device has, what is wanted and how far it got', () => {
  const desired = { speed: 2, $metadata: { ...changed('t0', 9), speed: changed('t2', 4) } };
  const reported = {
    speed: { value: 3, ac: 200, av: 1, ad: 'done' },
    $metadata: { speed: { ...changed('t1'), value: changed('t3') } },
  };

  expect(describeTwin(desired, reported)).toEqual({
    $dtId: 'd1',
    speed: 3,
    $metadata: {
      speed: {
        ...{ desiredValue: 2, desiredVersion: 4 },
        ...{ ackVersion: 1, ackCode: 200, ackDescription: 'done', lastUpdateTime: 't1' },
      },
    },
  });
});

test('what is wanted of a device that has not answered is in the metadata alone', () => {
  const desired = { speed: 0, $metadata: { speed: changed('t2', 4) } };

  expect(describeTwin(desired, {})).toEqual({
    $dtId: 'd1',
    $metadata: { speed: { desiredValue: 0, desiredVersion: 4 } },
  });
});

test('an object that acknowledges nothing is a value', () => {
  const place = { value: 1, unit: 'm' };

  expect(describeTwin({}, { place })).toMatchObject({ place });
});

test.each([
  ['both sides mark it', 'c', 'c'],
  ['the device alone marks it', undefined, 'c'],
  ['the back end alone marks it', 'c', undefined],
])('a component, when %s, has its own properties and metadata', (_, inDesired, inReported) => {
  const desired = {
    pump: { __t: inDesired, target: 21.5 },
    $metadata: { pump: { ...changed('t0', 3), target: changed('t0', 3), __t: changed('t0', 3) } },
  };
  const reported = {
    pump: { __t: inReported, target: { value: 20, ac: 202, av: 2 }, max: 25 },
    $metadata: { pump: { target: changed('t4'), max: changed('t5') } },
  };

  expect(describeTwin(desired, reported)).toEqual({
    $dtId: 'd1',
    pump: {
      target: 20,
      max: 25,
      $metadata: {
        target: {
          ...{ desiredValue: 21.5, desiredVersion: 3, ackVersion: 2, ackCode: 202 },
          lastUpdateTime: 't4',
        },
        max: { lastUpdateTime: 't5' },
      },
    },
    $metadata: {},
  });
});

test('a component without properties is there', () => {
  expect(describeTwin({}, { pump: { __t: 'c' } })).toMatchObject({ pump: { $metadata: {} } });
});

test('names that JavaScript gives to others are names', () => {
  const reported = JSON.parse('{"__proto__":{"__t":"c","constructor":1},"toString":5}') as object;
  const twin = { deviceId: 'd1', properties: { desired: {}, reported } };

  expect(JSON.stringify(toDigitalTwin(JSON.stringify(twin)))).toBe(
    '{"$dtId":"d1","__proto__":{"constructor":1,"$metadata":{"constructor":{}}},"toString":5,' +
      '"$metadata":{"toString":{}}}',
  );
});

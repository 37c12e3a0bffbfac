import { expect, test } from '@jest/globals';
import { replaceSection } from './apply-patch.js';
import { identityOf, twinOf } from './samples.fake.js';
import { formatDeviceProperties, formatTwin } from './twin-json.js';
import { freshTwin } from './twin.js';

const $lastUpdated = '2026-02-01T10:00:00.1234567Z';
const desired = {
  ...replaceSection({ rate: 5, net: { dns: 'x' } }, { $lastUpdated, $lastUpdatedVersion: 2 }),
  version: 2,
};

test('the worked twin, byte for byte', () => {
  const twin = twinOf({ version: 3, etagCounter: 2, tags: { site: 'A' }, desired });

  expect(JSON.stringify(formatTwin(identityOf(), twin))).toBe(
    '{"deviceId":"pump-7","etag":"AAAAAAAAAAI=","deviceEtag":"MTA0Mg==","status":"enabled",' +
      '"statusReason":null,"statusUpdateTime":"0001-01-01T00:00:00Z",' +
      '"connectionState":"Disconnected","lastActivityTime":"0001-01-01T00:00:00Z",' +
      '"cloudToDeviceMessageCount":0,"authenticationType":"sas",' +
      '"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"modelId":"",' +
      '"version":3,"tags":{"site":"A"},"properties":{' +
      '"desired":{"rate":5,"net":{"dns":"x"},"$metadata":{' +
      `"$lastUpdated":"${$lastUpdated}","$lastUpdatedVersion":2,` +
      `"rate":{"$lastUpdated":"${$lastUpdated}","$lastUpdatedVersion":2},` +
      `"net":{"$lastUpdated":"${$lastUpdated}","$lastUpdatedVersion":2,` +
      `"dns":{"$lastUpdated":"${$lastUpdated}","$lastUpdatedVersion":2}}},"$version":2},` +
      '"reported":{"$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z"},"$version":1}},' +
      '"capabilities":{"iotEdge":false}}',
  );
});

test('a module has its id, and what a device alone has is shown when there is some', () => {
  const module = identityOf({ moduleId: 'm1', modelId: 'dtmi:com:example:T;1' });
  const edge = identityOf({
    status: 'disabled',
    statusReason: 'stolen',
    statusUpdatedTime: new Date('2026-01-02T03:04:05.678Z'),
    iotEdge: true,
    deviceScope: 's1',
    parentScopes: ['s0'],
  });

  expect(formatTwin(module, freshTwin)).toMatchObject({
    moduleId: 'm1',
    modelId: 'dtmi:com:example:T;1',
    etag: 'AAAAAAAAAAE=',
    version: 2,
  });
  expect(formatTwin(edge, freshTwin)).toMatchObject({
    status: 'disabled',
    statusReason: 'stolen',
    statusUpdateTime: '2026-01-02T03:04:05.6780000Z',
    capabilities: { iotEdge: true },
    deviceScope: 's1',
    parentScopes: ['s0'],
  });
  expect(formatTwin(identityOf(), freshTwin)).not.toHaveProperty('deviceScope');
});

test('a device reads flat properties without metadata and tags', () => {
  expect(formatDeviceProperties(twinOf({ tags: { secret: 1 }, desired }))).toEqual({
    desired: { rate: 5, net: { dns: 'x' }, $version: 2 },
    reported: { $version: 1 },
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { refuses, survivesHostileInput } from './hostile-input.contract.js';
import { parseMqttUsername } from './mqtt-username.js';

const hubHost = 'h.example.net';

describe('device-mqtt 6: the username vectors', () => {
  test.each([
    ['h.example.net/d1/?api-version=2021-04-12', 'd1', { deviceId: 'd1' }],
    [
      'h.example.net/d1/m1/?api-version=2021-04-12&DeviceClientType=x',
      'd1/m1',
      { deviceId: 'd1', moduleId: 'm1', deviceClientType: 'x' },
    ],
    ['h.example.net/d1/api-version=2016-11-14', 'd1', { deviceId: 'd1', apiVersion: '2016-11-14' }],
    ['h.example.net/d1', 'd1', { deviceId: 'd1', apiVersion: undefined }],
    [
      'H.Example.NET/d1/?api-version=x&model-id=dtmi:a:b;1&DeviceClientType=y',
      'd1',
      { deviceId: 'd1', apiVersion: 'x', modelId: 'dtmi:a:b;1' },
    ],
    ['h.example.net/d?1/?api-version=2021-04-12', 'd?1', { deviceId: 'd?1' }],
  ])('%s with ClientId %s', (username, clientId, claim) => {
    expect(parseMqttUsername(username, clientId)).toMatchObject({ host: hubHost, ...claim });
  });

  test.each([
    ['h.example.net/d1/?api-version=2021-04-12', 'D1'],
    ['h.example.net/d1/m1/?api-version=2021-04-12', 'd1'],
    ['', 'd1'],
  ])('%j with ClientId %s is refused', (username, clientId) => {
    expect(refuses(() => parseMqttUsername(username, clientId))).toBe(true);
  });

  test('other.example.net names another hub, which the registry will refuse', () => {
    const { host } = parseMqttUsername('other.example.net/d1/?api-version=2021-04-12', 'd1');
    expect(host).not.toBe(hubHost);
  });
});

describe('device-mqtt 6: what SDKs really send', () => {
  test.each([
    [
      'h.example.net/d1/?api-version=2021-04-12&DeviceClientType=azure-iot-device%2F1.18.4%20(node%20v20.x%3B%20x64)',
      { apiVersion: '2021-04-12', deviceClientType: 'azure-iot-device/1.18.4 (node v20.x; x64)' },
    ],
    [
      'h.example.net/d1/?api-version=2019-10-01&DeviceClientType=azure-iot-device-iothub-py%2F2.14.0%283.11.4%3BLinux%29',
      {
        apiVersion: '2019-10-01',
        deviceClientType: 'azure-iot-device-iothub-py/2.14.0(3.11.4;Linux)',
      },
    ],
    [
      'h.example.net/d1/?api-version=2020-09-30&DeviceClientType=iothubclient%2f1.15.0&model-id=dtmi%3Aa%3Ab%3B1',
      { apiVersion: '2020-09-30', modelId: 'dtmi:a:b;1' },
    ],
  ])('%s', (username, claim) => {
    expect(parseMqttUsername(username, 'd1')).toMatchObject(claim);
  });

  test('Embedded C percent-encodes the ids of the username', () => {
    const claim = parseMqttUsername('h.example.net/50%25%3D/m%3A1/?api-version=x', '50%=/m:1');
    expect(claim).toMatchObject({ deviceId: '50%=', moduleId: 'm:1' });
  });
});

describe('parseMqttUsername', () => {
  test('a port after the host is ignored', () => {
    expect(parseMqttUsername('h.example.net:8883/d1', 'd1').host).toBe(hubHost);
  });

  test('device-mqtt 35: raw and encoded model-id give the same value', () => {
    const raw = parseMqttUsername('h/d1/?api-version=x&model-id=dtmi:a:b;1', 'd1');
    const encoded = parseMqttUsername('h/d1/?api-version=x&model-id=dtmi%3Aa%3Ab%3B1', 'd1');
    expect(raw.modelId).toBe('dtmi:a:b;1');
    expect(encoded.modelId).toBe(raw.modelId);
  });

  test('an empty model-id is none', () => {
    expect(parseMqttUsername('h/d1/?api-version=x&model-id=', 'd1').modelId).toBeUndefined();
  });

  test('unknown parameters are ignored, the first of two counts, names have their letter case', () => {
    const claim = parseMqttUsername(
      'h/d1/?x=1&api-version=1&api-version=2&Model-Id=a&auth-chain=e&flag',
      'd1',
    );
    expect(claim).toMatchObject({ apiVersion: '1', modelId: undefined });
  });

  test('values keep + and all = after the first', () => {
    expect(parseMqttUsername('h/d1/?api-version=a+b=c', 'd1').apiVersion).toBe('a+b=c');
  });

  test('a ? directly after the id begins parameters, unless the id has that text', () => {
    expect(parseMqttUsername('h/d1?api-version=x', 'd1')).toMatchObject({
      deviceId: 'd1',
      apiVersion: 'x',
    });
    expect(parseMqttUsername('h/d1?api-version=x', 'd1?api-version=x')).toMatchObject({
      deviceId: 'd1?api-version=x',
      apiVersion: undefined,
    });
  });

  test.each([
    ['h', 'd1'],
    ['/d1/?api-version=x', 'd1'],
    ['h/', 'd1'],
    ['h/d1/', 'd1'],
    ['h//m1/?api-version=x', 'd1/m1'],
    ['h/d1/m1/x/?api-version=x', 'd1/m1'],
    ['h/d1/?api-version=a/b', 'd1'],
    ['h/d1%2Fm1/?api-version=x', 'd1/m1'],
    ['h/d1/m1/?api-version=x', 'd1/m2'],
    ['h/d1/?api-version=x', 'd1/m1'],
    ['h/d1/?api-version=x', 'd1/'],
    ['h/d1/?api-version=x', ''],
    ['h/d1/?api-version=x', ' d1'],
    ['h/d+1/?api-version=x', 'd+1'],
    ['h/d1/m%231/?api-version=x', 'd1/m#1'],
    [`h/d1/?api-version=${'x'.repeat(5000)}`, 'd1'],
    ['h.example.net/d1/?api-version=2021-04-12\0x', 'd1'],
    ['h/d1/?api-version=x&model-id=a%00b', 'd1'],
    ['h/d1/?api-version=x&model-id=a%0Ab', 'd1'],
    ['h/d1/?api-version=x&DeviceClientType=%C2%80', 'd1'],
  ])('%s with ClientId %j is refused', (username, clientId) => {
    expect(refuses(() => parseMqttUsername(username, clientId))).toBe(true);
  });

  test('the ids are always those of the ClientId', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9\-:.%_*?!(),=@;$']{1,128}$/);
    fc.assert(
      fc.property(id, fc.option(id, { nil: undefined }), (deviceId, moduleId) => {
        const clientId = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
        const claim = parseMqttUsername(`h/${clientId}/?api-version=2021-04-12`, clientId);
        expect([claim.deviceId, claim.moduleId]).toEqual([deviceId, moduleId]);
      }),
    );
  });

  survivesHostileInput(
    (username) => parseMqttUsername(username, 'd1'),
    ['h/d1/?', '/', 'd1', '?api-version=', '&', '=', '%', 'model-id'],
  );
  survivesHostileInput(
    (clientId) => parseMqttUsername('h/d1/?api-version=x', clientId),
    ['d1', '/', '?api-version=', '%'],
  );
});

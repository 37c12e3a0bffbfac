import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { audienceCovers, audienceHost, deviceResource, serviceResource } from './sas-audience.js';

const device = deviceResource('hub.example.net', { deviceId: 'd1' });
const module = deviceResource('hub.example.net', { deviceId: 'd1', moduleId: 'm1' });

describe('a device', () => {
  test.each([
    'hub.example.net',
    'hub.example.net/devices',
    'hub.example.net/devices/d1',
    'hub.example.net/devices/d1/',
    'HUB.Example.net/devices/d1',
    'hub.example.net:8883/devices/d1',
    'hub.example.net%3A8883%2Fdevices%2Fd1',
    'hub.example.net%2fdevices%2Fd1',
    'hub.example.net%252Fdevices%252Fd1',
    'hub.example.net/devices/d1/api-version=2016-11-14',
    'hub.example.net%2Fdevices%2Fd1%2Fapi-version%3D2016-11-14',
  ])('is covered by %s', (audience) => {
    expect(audienceCovers(audience, device)).toBe(true);
  });

  test.each([
    '',
    '/',
    'other.example.net',
    'hub.example.net.evil.org',
    'example.net',
    'hub.example.net/device',
    'hub.example.net/Devices/d1',
    'hub.example.net/devices/d10',
    'hub.example.net/devices/d',
    'hub.example.net/devices/D1',
    'hub.example.net//devices/d1',
    'hub.example.net/devices/d1//',
    'hub.example.net/devices/d1/modules/m1',
    'hub.example.net/devices/d1/modules',
    'hub.example.net/devices/d1/x/api-version=2016-11-14',
    'hub.example.net/devices/d1/api-version=1/api-version=2',
    'hub.example.net%25252Fdevices%25252Fd1',
  ])('security-limits 11: is not covered by %j', (audience) => {
    expect(audienceCovers(audience, device)).toBe(false);
  });
});

describe('a module', () => {
  test.each([
    'hub.example.net',
    'hub.example.net/devices/d1',
    'hub.example.net/devices/d1/modules',
    'hub.example.net/devices/d1/modules/m1',
    'hub.example.net/devices/d1/modules/m1/api-version=2021-04-12',
  ])('is covered by %s', (audience) => {
    expect(audienceCovers(audience, module)).toBe(true);
  });

  test('security-limits 11: is not covered by another module', () => {
    expect(audienceCovers('hub.example.net/devices/d1/modules/m10', module)).toBe(false);
    expect(audienceCovers('hub.example.net/devices/d2/modules/m1', module)).toBe(false);
  });

  test('$edgeHub may stand as %24edgeHub', () => {
    const edgeHub = deviceResource('h', { deviceId: 'd1', moduleId: '$edgeHub' });
    expect(audienceCovers('h%2Fdevices%2Fd1%2Fmodules%2F%24edgeHub', edgeHub)).toBe(true);
  });
});

describe('a service request', () => {
  test.each([
    ['h', '/devices/d1'],
    ['h', '/'],
    ['h/devices', '/devices'],
    ['h/devices', '/devices/'],
    ['h%2Fdevices', '/devices/x/modules/y'],
    ['h/devices/x', '/devices/x/modules'],
  ])('security-limits 2: %s covers %s', (audience, path) => {
    expect(audienceCovers(audience, serviceResource('h', path))).toBe(true);
  });

  test.each([
    ['h/devices', '/devicesx'],
    ['h/devices', '/statistics/devices'],
    ['h/devices/x', '/devices'],
    ['h/devices/x', '/devices/xy'],
    ['other', '/devices'],
  ])('security-limits 6: %s does not cover %s', (audience, path) => {
    expect(audienceCovers(audience, serviceResource('h', path))).toBe(false);
  });
});

describe('audienceHost', () => {
  test.each([
    'hub.example.net',
    'Hub.Example.net:443/devices',
    'hub.example.net%2Fdevices%2Fd1',
    'hub.example.net%3A443%252Fdevices',
  ])('%s', (audience) => {
    expect(audienceHost(audience)).toBe('hub.example.net');
  });

  test('an IPv6 address', () => {
    expect(audienceHost('[::1]:443/devices')).toBe('::1');
  });
});

describe('any id and any text', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/);

  test('every spelling of the own resource covers it', () => {
    fc.assert(
      fc.property(id, (deviceId) => {
        const resource = deviceResource('h', { deviceId });
        const raw = resource.join('/');
        const once = encodeURIComponent(raw);
        const twice = `h%2Fdevices%2F${encodeURIComponent(encodeURIComponent(deviceId))}`;
        for (const audience of [raw, once, twice]) {
          expect(audienceCovers(audience, resource)).toBe(true);
        }
      }),
    );
  });

  test('what covers a resource begins with its host, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[hd%2f/=-]*$/)), (audience) => {
        const covers = audienceCovers(audience, ['h', 'devices', 'd']);
        expect(covers && audienceHost(audience) !== 'h').toBe(false);
      }),
    );
  });
});

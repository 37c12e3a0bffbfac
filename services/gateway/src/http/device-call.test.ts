import { describe, expect, test } from '@jest/globals';
import { parseRequestTarget } from '@linchpin/platform/http-server';
import fc from 'fast-check';
import { findDeviceCall } from './device-call.js';

const version = 'api-version=2021-04-12';

function find(method: string, path: string, query = version): object | undefined {
  return findDeviceCall(method, parseRequestTarget(`${path}?${query}`));
}

const device = { identity: { deviceId: 'd1' } };
const module = { identity: { deviceId: 'd1', moduleId: 'm1' } };
const complete = { name: 'settleMessage', outcome: 'complete', lockToken: 'tok' };

test.each([
  ['POST', '/devices/d1/messages/events', { ...device, name: 'sendTelemetry' }],
  ['POST', '/DEVICES/d1/Messages/EVENTS/', { ...device, name: 'sendTelemetry' }],
  ['POST', '/devices/d1/modules/m1/messages/events', { ...module, name: 'sendTelemetry' }],
  ['POST', '/devices/d1/Modules/m1//messages/events', { ...module, name: 'sendTelemetry' }],
  ['POST', 'https://hub/devices/d1/messages/events', { ...device, name: 'sendTelemetry' }],
  ['GET', '/devices/d1/messages/devicebound', { ...device, name: 'receiveMessage' }],
  ['GET', '/devices/d1/messages/deviceBound/', { ...device, name: 'receiveMessage' }],
  ['GET', '/devices/d1/modules/m1//messages/devicebound', { ...module, name: 'receiveMessage' }],
  ['DELETE', '/devices/d1/messages/devicebound/tok', { ...device, ...complete }],
  ['DELETE', '/devices/d1/modules/m1//messages/devicebound/tok', { ...module, ...complete }],
  [
    'POST',
    '/devices/d1/messages/devicebound/%22tok%22/Abandon',
    { ...device, name: 'settleMessage', outcome: 'abandon', lockToken: '"tok"' },
  ],
  ['POST', '/devices/d1/files', { ...device, name: 'startUpload' }],
  ['POST', '/devices/d1/files/', { ...device, name: 'startUpload' }],
  [
    'POST',
    '/devices/d1/files/notifications/',
    { ...device, name: 'completeUpload', correlationId: undefined },
  ],
  [
    'POST',
    '/devices/d1/files/notifications/a%2Fb',
    { ...device, name: 'completeUpload', correlationId: 'a/b' },
  ],
])('device-https 43: %s %s', (method, path, call) => {
  expect(find(method, path)).toEqual({ ...call, query: new Map([['api-version', '2021-04-12']]) });
});

test.each([
  ['%25%23%3A', '%#:'],
  ['a%252Fb', 'a%2Fb'],
  ['a+b', 'a+b'],
  ['MODULES', 'MODULES'],
])('device-https 44: the device id %s is decoded once to %s', (encoded, deviceId) => {
  expect(find('POST', `/devices/${encoded}/messages/events`)).toMatchObject({
    identity: { deviceId },
  });
});

test.each([
  ['reject', 'reject'],
  ['Reject=true', 'reject'],
  ['reject=', 'reject'],
  ['%3Freject=true', 'reject'],
  ['reject=False', 'complete'],
  ['rejected=true', 'complete'],
])('device-https 25: %s means %s', (query, outcome) => {
  const call = find('DELETE', '/devices/d1/messages/devicebound/tok', `${version}&${query}`);
  expect(call).toMatchObject({ outcome });
});

test.each([
  ['GET', '/devices/d1/messages/events', 'POST'],
  ['HEAD', '/devices/d1/messages/devicebound', 'GET, POST'],
  ['DELETE', '/devices/d1/messages/devicebound', 'GET, POST'],
  ['POST', '/devices/d1/messages/devicebound/tok', 'DELETE'],
  ['DELETE', '/devices/d1/messages/devicebound/tok/abandon', 'POST'],
  ['PUT', '/devices/d1/files', 'POST'],
  ['constructor', '/devices/d1/files/notifications', 'POST'],
])('device-https 42: %s %s is another verb than %s', (method, path, allowed) => {
  expect(find(method, path)).toMatchObject({ name: 'wrongMethod', allowed });
});

describe('no call of a device is', () => {
  test.each([
    ['POST', '/devices/d1/messages/devicebound'],
    ['POST', '/devices/d1/modules/m1/messages/devicebound/'],
    ['GET', '/devices'],
    ['GET', '/devices/d1'],
    ['GET', '/devices/d1/modules/m1'],
    ['POST', '/devices/d1/messages'],
    ['POST', '/devices/d1/messages/events/e1'],
    ['POST', '/devices/d1/messages/devicebound/tok/renew'],
    ['POST', '/devices/d1/messages/devicebound/tok/abandon/now'],
    ['POST', '/devices/d1/modules/m1/files'],
    ['POST', '/devices/d1/modules/m1/files/notifications'],
    ['POST', '/devices/d1/files/uploads'],
    ['POST', '/devices/d1/files/notifications/c1/again'],
    ['POST', '/messages/events'],
    ['POST', '/devices//messages/events'],
    ['GET', '/twins/d1'],
    ['GET', '/'],
    ['OPTIONS', '*'],
  ])('%s %s', (method, path) => {
    expect(find(method, path)).toBeUndefined();
  });
});

test('of any path, the identity is what stands behind /devices and /modules', () => {
  const words = ['devices', 'modules', 'messages', 'events', 'deviceBound', 'files', 'abandon'];
  const segment = fc.constantFrom(...words, 'notifications', 'x', '');
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', 'DELETE'), fc.array(segment), (method, segments) => {
      const path = segments.filter((one) => one !== '').join('/');
      const call = findDeviceCall(method, parseRequestTarget(`/${segments.join('/')}`));
      const { deviceId = '', moduleId } = call?.identity ?? {};
      const prefix = `devices/${deviceId}${moduleId === undefined ? '' : `/modules/${moduleId}`}/`;

      expect(call === undefined || path.startsWith(prefix)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

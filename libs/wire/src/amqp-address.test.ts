import { expect, test } from '@jest/globals';
import { parseAmqpAddress } from './amqp-address.js';

test.each([
  '/devices/d1/messages/events',
  'devices/d1/messages/events',
  'amqps://h.example.net/devices/d1/messages/events',
  'amqps://h.example.net:5671/Devices/d1/Messages/Events/',
])('amqp 21: %s is one place', (address) => {
  expect(parseAmqpAddress(address)).toEqual({
    kind: 'device',
    channel: 'events',
    identities: [{ deviceId: 'd1' }],
  });
});

test.each([
  ['messages/deviceBound', 'devicebound'],
  ['methods/devicebound', 'methods'],
  ['twin', 'twin'],
])('of a module: %s', (tail, channel) => {
  expect(parseAmqpAddress(`/devices/d1/modules/m1/${tail}`)).toEqual({
    kind: 'device',
    channel,
    identities: [{ deviceId: 'd1', moduleId: 'm1' }],
  });
});

test('ids keep their letter case and all their characters', () => {
  const id = "aB-:.+_*?!(),=@;$'#";

  expect(parseAmqpAddress(`/devices/${id}/twin`)).toMatchObject({
    identities: [{ deviceId: id }],
  });
});

test('an id that may be encoded is told in both readings', () => {
  expect(parseAmqpAddress('/devices/a%2Bb/modules/m%41/twin')).toMatchObject({
    identities: [
      { deviceId: 'a+b', moduleId: 'mA' },
      { deviceId: 'a%2Bb', moduleId: 'm%41' },
    ],
  });
  expect(parseAmqpAddress('/devices/50%/twin')).toMatchObject({
    identities: [{ deviceId: '50%' }],
  });
});

test.each([
  ['$cbs', 'cbs'],
  ['/$CBS', 'cbs'],
  ['/messages/devicebound', 'cloud-to-device'],
  ['amqps://h:5671/messages/deviceBound', 'cloud-to-device'],
  ['/messages/serviceBound/feedback', 'feedback'],
])('%s is of services', (address, kind) => {
  expect(parseAmqpAddress(address)).toEqual({ kind });
});

test.each([
  '',
  '/',
  '/devices',
  '/devices/d1',
  '/devices//twin',
  '/devices/d1/messages',
  '/devices/d1/messages/events/more',
  '/devices/d1/modules//twin',
  '/devices/d1/modules/m1/messages/serviceBound',
  '/devices/d1/messages/serviceBound/feedback',
  'devicestwin',
])('%p is none of ours', (address) => {
  expect(parseAmqpAddress(address)).toBeUndefined();
});

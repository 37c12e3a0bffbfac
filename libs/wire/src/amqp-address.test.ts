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
  ['/messages/servicebound/Feedback/', 'feedback'],
])('%s is of services', (address, kind) => {
  expect(parseAmqpAddress(address)).toEqual({ kind });
});

test.each([
  '/messages/serviceBound/filenotifications',
  'messages/servicebound/fileNotifications',
  'amqps://h:5671/messages/serviceBound/fileuploadnotifications',
])('amqp 49: %s is one place', (address) => {
  expect(parseAmqpAddress(address)).toEqual({ kind: 'file-notifications' });
});

test.each([
  ['/messages/events', ''],
  ['amqps://h:5671/Messages/Events/', '/'],
  ['messages/events/$management', '/$management'],
  [
    '/messages/events/ConsumerGroups/$Default/Partitions/0',
    '/ConsumerGroups/$Default/Partitions/0',
  ],
  ['/messages/events/a%2Fb//', '/a%2Fb//'],
])('amqp 50: %s is the built-in endpoint, with what follows as it stands', (address, tail) => {
  expect(parseAmqpAddress(address)).toEqual({ kind: 'built-in-events', tail });
});

test.each([
  ['$management', undefined],
  ['/$Management/', undefined],
  ['amqps://h/my.events/$management', 'my.events'],
  ['my%2Devents/$management', 'my-events'],
])('%s is the management of an Event Hub', (address, entity) => {
  expect(parseAmqpAddress(address)).toEqual({ kind: 'event-hub-management', entity });
});

test.each([
  'e.h/ConsumerGroups/$Default/Partitions/0',
  '/e.h/consumergroups/$Default/partitions/0/',
  'amqps://h:5671/e.h/ConsumerGroups/%24Default/Partitions/0',
])('%s is a partition', (address) => {
  expect(parseAmqpAddress(address)).toEqual({
    kind: 'event-hub-partition',
    entity: 'e.h',
    consumerGroup: '$Default',
    partition: '0',
  });
});

test('names of a partition are decoded once', () => {
  expect(parseAmqpAddress('a%252Fb/ConsumerGroups/C%20g/Partitions/%00')).toMatchObject({
    entity: 'a%2Fb',
    consumerGroup: 'C g',
    partition: '\0',
  });
});

test.each([
  '',
  '/',
  '/messages',
  '/messages/eventsmore',
  '/messages/serviceBound',
  '/messages/serviceBound/feedback/more',
  '/a/b/$management',
  '//$management',
  'e//Partitions/0',
  'e/ConsumerGroups//Partitions/0',
  'e/ConsumerGroups/c/Partitions/',
  'e/ConsumerGroups/c/Partitions/0/1',
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

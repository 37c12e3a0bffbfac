import { expect, test } from '@jest/globals';
import { int } from '@linchpin/amqp';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { eventsRedirect } from './events-redirect.js';

const grant = { ...fakeGrant, policy: 'service', rights: 15, expiresAt: new Date(0) };

test.each([
  ['h.example.net', 'h.example.net', 'amqps://h.example.net:5699/events.h/$management'],
  ['H.example.net:5671', 'h.example.net', 'amqps://h.example.net:5699/events.h/$management'],
  ['::1', '::1', 'amqps://[::1]:5699/events.h/$management'],
])('amqp 50: %s leads to the endpoint there, in exact types and order', (host, name, address) => {
  const error = eventsRedirect({ host, port: 5_699, tail: '/$management' }, grant);

  expect(error).toMatchObject({ condition: 'amqp:link:redirect', description: null });
  expect([...(error.info ?? [])]).toEqual([
    ['hostname', name],
    ['network-host', name],
    ['port', int(5_699)],
    ['address', address],
  ]);
});

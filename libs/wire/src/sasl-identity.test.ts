import { expect, test } from '@jest/globals';
import { isHubOf, parseSaslIdentity } from './sasl-identity.js';

test.each([
  ['service@sas.root.hub', { kind: 'policy', policy: 'service', hub: 'hub' }],
  ['d1@sas.hub', { kind: 'device', identity: { deviceId: 'd1' }, hub: 'hub' }],
  [
    'd1/modules/m1@sas.hub',
    { kind: 'device', identity: { deviceId: 'd1', moduleId: 'm1' }, hub: 'hub' },
  ],
  ['a%40b@sas.hub', { kind: 'device', identity: { deviceId: 'a@b' }, hub: 'hub' }],
  [
    'a@sas.b@sas.hub.example.net',
    { kind: 'device', identity: { deviceId: 'a@sas.b' }, hub: 'hub.example.net' },
  ],
])('%s', (text, identity) => {
  expect(parseSaslIdentity(text)).toEqual(identity);
});

test.each([
  '',
  'd1',
  'd1@hub',
  '@sas.hub',
  'd1@sas.',
  'd1/x@sas.hub',
  'd1/modules/@sas.hub',
  '/@sas.root.h',
])('%p says nothing of who it is', (text) => {
  expect(parseSaslIdentity(text)).toBeUndefined();
});

test('a hub is meant by its first label or its whole host name', () => {
  expect(isHubOf('HUB', 'hub.example.net')).toBe(true);
  expect(isHubOf('hub.example.net', 'hub.example.net')).toBe(true);
  expect(isHubOf('hub.example', 'hub.example.net')).toBe(false);
  expect(isHubOf('hub', 'hub2.example.net')).toBe(false);
});

import { describe, expect, test } from '@jest/globals';
import { defineHub, differencesOf } from './hub.js';
import { hubDefinition, hubRequest } from './samples.fake.js';

const invalid = expect.objectContaining({ code: 'ArgumentInvalid' });

describe('a hub', () => {
  test('has Azure’s defaults', () => {
    expect(defineHub(hubRequest(), undefined)).toEqual(
      hubDefinition('hub1', { partitionCount: 4, retentionDays: 1 }),
    );
  });

  test('without host names has one in the default domain', () => {
    const request = hubRequest({ name: 'MyHub', hostNames: [] });
    expect(defineHub(request, 'Example.net').hostNames).toEqual(['myhub.example.net']);
    expect(() => defineHub(request, undefined)).toThrow('no default domain');
  });

  test('has each host name once, in lower case, and addresses too', () => {
    const hostNames = ['Localhost', '127.0.0.1', '::1', 'LOCALHOST'];
    expect(defineHub(hubRequest({ hostNames }), undefined).hostNames).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
    ]);
  });

  test.each([
    'a b',
    'h:8883',
    'h/x',
    '',
    '-h',
    'h.',
    'a..b',
    '.h',
    'h'.repeat(64),
    'h.'.repeat(127) + 'h',
    "h'; drop table hubs--",
  ])('refuses the host name %j', (hostName) => {
    expect(() => defineHub(hubRequest({ hostNames: [hostName] }), undefined)).toThrow(invalid);
  });

  test.each([
    { name: 'ab' },
    { name: '123' },
    { partitionCount: 0 },
    { partitionCount: 33 },
    { partitionCount: 1.5 },
    { retentionDays: 0 },
    { retentionDays: 8 },
    { location: 'x'.repeat(129) },
    { subscriptionId: 'a\0b' },
    { hostNames: Array.from({ length: 17 }, (_, index) => `h${index}`) },
  ])('refuses %j', (overrides) => {
    expect(() => defineHub(hubRequest(overrides), undefined)).toThrow(invalid);
  });

  test.each([{ partitionCount: 1 }, { partitionCount: 32 }, { retentionDays: 7 }])(
    'may have %j',
    (overrides) => {
      expect(defineHub(hubRequest(overrides), undefined)).toMatchObject(overrides);
    },
  );
});

test('a hub differs by what is named otherwise, not by letter case', () => {
  const hub = hubDefinition('Hub1', { hostNames: ['a', 'b'] });
  expect(differencesOf(hub, { ...hub, name: 'hub1', resourceGroup: 'LOCAL' })).toEqual([]);
  expect(differencesOf(hub, { location: undefined })).toEqual([]);
  const other = { hostNames: ['b', 'a'], partitionCount: 5 };
  expect(differencesOf(hub, other)).toEqual([
    'hostNames (it has a, b; asked for: b, a)',
    'partitionCount (it has 4; asked for: 5)',
  ]);
});

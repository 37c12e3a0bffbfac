import { describe, expect, test } from '@jest/globals';
import { percentDecode } from '@linchpin/wire';
import fc from 'fast-check';

import {
  audienceCovers,
  audienceHost,
  audiencePath,
  deviceResource,
  identitiesOfAudience,
  ownAudienceCovers,
  serviceResource,
} from './sas-audience.js';

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
    'amqps://hub.example.net/devices/d1',
    'https%3A%2F%2Fhub.example.net',
    'HTTPS%3a%2f%2fhub.example.net%2fdevices',
    'sb%253A%252F%252Fhub.example.net%252Fdevices%252Fd1',
  ])('is covered by %s', (audience) => {
    expect(audienceCovers(audience, device)).toBe(true);
    expect(ownAudienceCovers(audience, device)).toBe(true);
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
    expect(ownAudienceCovers(audience, device)).toBe(false);
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

/** How SDKs spell the audience of a device, and how somebody does who does not encode. */
const spellings = {
  raw: (id: string) => `h/devices/${id}`,
  java: (id: string) => `h/devices/${encode(id)}`,
  node: (id: string) => encode(`h/devices/${id}`),
  lowerCase: (id: string) => encode(`h/devices/${id}`).replace(/%../g, (hex) => hex.toLowerCase()),
  csharp: (id: string) => encode(`h/devices/${encode(id)}`),
  edge: (id: string) => encode(encode(`h/devices/${id}`)),
};

/** As Python does and Node nearly so: whatever some encoder escapes. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const covers = (audience: string, deviceId: string): boolean =>
  audienceCovers(audience, deviceResource('h', { deviceId }));
const ownCovers = (audience: string, deviceId: string): boolean =>
  ownAudienceCovers(audience, deviceResource('h', { deviceId }));

describe("an id that looks like an escape: a policy's token for it", () => {
  test.each([
    ['%41', 'A'],
    ['dev%31', 'dev1'],
    ['%2541', '%41'],
    ['%3A', ':'],
    ['50%25', '50%'],
    ['a%2Fmodules%2Fb', 'a'],
  ])('%s is not one for %s', (id, other) => {
    const encoded = [spellings.java, spellings.node, spellings.lowerCase, spellings.edge];
    for (const spell of encoded) {
      expect(covers(spell(id), id)).toBe(true);
      expect(covers(spell(id), other)).toBe(false);
    }
  });

  test.each(['%41', 'dev%31', 'a%5Fb', '%2E%2E', 'a:%3A'])(
    '%s is one for it though nobody has encoded it',
    (id) => {
      expect(covers(spellings.raw(id), id)).toBe(true);
      expect(covers(`h%2Fdevices%2F${id}`, id)).toBe(true);
      expect(covers(spellings.raw(id), decodeURIComponent(id))).toBe(false);
      expect(covers(`h%2Fdevices%2F${id}`, decodeURIComponent(id))).toBe(false);
    },
  );

  test('with a slash in it is none for a module', () => {
    const module = deviceResource('h', { deviceId: 'a', moduleId: 'b' });
    const id = 'a%2Fmodules%2Fb';
    for (const audience of Object.values(spellings).map((spell) => spell(id))) {
      expect(audienceCovers(audience, module)).toBe(false);
      expect(ownAudienceCovers(audience, module)).toBe(false);
    }
  });

  test('encoded twice, as C# does for own keys alone, has one meaning as well', () => {
    const audience = spellings.csharp('dev:1@x');
    expect(covers(audience, 'dev%3A1%40x')).toBe(true);
    expect(covers(audience, 'dev:1@x')).toBe(false);
    expect(ownCovers(audience, 'dev:1@x')).toBe(true);
  });
});

describe('any id and any text', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/);
  /** Ids that escapes are likely in. */
  const oddId = fc.stringMatching(/^(?:%[2-7][0-9A-F]|%25|[Aa:%]){1,6}$/);

  test('every spelling of the own resource covers it', () => {
    fc.assert(
      fc.property(fc.oneof(id, oddId), (deviceId) => {
        for (const spell of Object.values(spellings)) {
          expect(ownCovers(spell(deviceId), deviceId)).toBe(true);
        }
      }),
    );
  });

  test('a policy that encodes what it names reaches that device and no other', () => {
    fc.assert(
      fc.property(fc.oneof(id, oddId), fc.oneof(id, oddId), (deviceId, other) => {
        const { java, node, lowerCase, edge } = spellings;
        for (const audience of [java, node, lowerCase, edge].map((spell) => spell(deviceId))) {
          expect(covers(audience, deviceId)).toBe(true);
          expect(covers(audience, other)).toBe(deviceId === other);
        }
      }),
    );
  });

  test('no audience of a policy covers two devices, unless it covers all', () => {
    const piece = fc.constantFrom('A', ':', '%41', '%3A', '%25', '41', '3A', '%2541', '%2F', '/');
    const tail = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
    const prefix = fc.constantFrom('h/devices/', 'h%2Fdevices%2F', 'h%252Fdevices%252F');
    fc.assert(
      fc.property(prefix, tail, (before, text) => {
        const readings = [text];
        for (let times = 0; times < 3; times++) {
          readings.push(percentDecode(readings.at(-1)!));
        }
        const covered = [...new Set(readings)].filter((each) => covers(before + text, each));
        expect(covered.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1_000 },
    );
  });

  test('what covers a resource begins with its host, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[hd%2f/=-]*$/)), (audience) => {
        const covers =
          audienceCovers(audience, ['h', 'devices', 'd']) ||
          ownAudienceCovers(audience, ['h', 'devices', 'd']);
        expect(covers && audienceHost(audience) !== 'h').toBe(false);
      }),
    );
  });
});

describe('whose token it may be', () => {
  test.each([
    ['h/devices/d1', [{ deviceId: 'd1' }]],
    ['h%2Fdevices%2Fd1', [{ deviceId: 'd1' }]],
    ['h%252Fdevices%252Fd1', [{ deviceId: 'd1' }]],
    ['h/devices/d1/modules/m1', [{ deviceId: 'd1', moduleId: 'm1' }]],
    ['h/devices/a%2Bb', [{ deviceId: 'a+b' }, { deviceId: 'a%2Bb' }]],
    [
      'h%2Fdevices%2Fa%252Bb',
      [{ deviceId: 'a%2Bb' }, { deviceId: 'a+b' }, { deviceId: 'a%252Bb' }],
    ],
    ['h', []],
    ['h/devices', []],
    ['h/devices/', []],
    ['h/devices/d1/modules', []],
    ['h/jobs/d1', []],
  ])('%s', (audience, identities) => {
    expect(identitiesOfAudience(audience)).toEqual(identities);
  });
});

test.each([
  ['h', '/'],
  ['h/', '/'],
  ['h%2Fdevices%2Fd%23', '/devices/d#'],
])('the path of %s', (audience, path) => {
  expect(audiencePath(audience)).toBe(path);
});

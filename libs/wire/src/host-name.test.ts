import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { normalizeHostName } from './host-name.js';

describe('normalizeHostName', () => {
  test.each([
    ['hub.example.net', 'hub.example.net'],
    ['Hub.Example.NET', 'hub.example.net'],
    ['hub.example.net:8883', 'hub.example.net'],
    ['127.0.0.2:443', '127.0.0.2'],
    ['[::1]:8883', '::1'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['[FE80::1', '[fe80::1'],
    ['[hub.example.net]:8883', '[hub.example.net]'],
    ['[hub.example.net:x]', '[hub.example.net:x]'],
    ['hub.example.net:mqtt', 'hub.example.net:mqtt'],
    ['hub.example.net:', 'hub.example.net:'],
    ['', ''],
  ])('%s is %s', (host, normal) => {
    expect(normalizeHostName(host)).toBe(normal);
  });

  test('twice is as once', () => {
    const part = fc.constantFrom(
      '[',
      ']',
      ':',
      '::',
      '1',
      'a',
      'G',
      '.',
      '8883',
      'hub.example.net',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const normal = normalizeHostName(parts.join(''));
        expect(normalizeHostName(normal)).toBe(normal);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a name keeps its form, and a port never matters', () => {
    fc.assert(
      fc.property(fc.domain(), fc.nat(65_535), (host, port) => {
        expect(normalizeHostName(host)).toBe(host.toLowerCase());
        expect(normalizeHostName(`${host}:${port}`)).toBe(normalizeHostName(host));
      }),
    );
  });
});

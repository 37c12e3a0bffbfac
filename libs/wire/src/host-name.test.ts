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
    ['', ''],
  ])('%s is %s', (host, normal) => {
    expect(normalizeHostName(host)).toBe(normal);
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

import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import fc from 'fast-check';

import { defaultPolicies, formatRights, hasRight, parseRights, rightBits } from './rights.js';

describe('hasRight', () => {
  test('security-limits 13: RegistryWrite implies RegistryRead, not the other way', () => {
    expect(hasRight(rightBits.RegistryWrite, 'RegistryRead')).toBe(true);
    expect(hasRight(rightBits.RegistryRead, 'RegistryWrite')).toBe(false);
  });

  test.each([
    ['iothubowner', ['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']],
    ['service', ['ServiceConnect']],
    ['device', ['DeviceConnect']],
    ['registryRead', ['RegistryRead']],
    ['registryReadWrite', ['RegistryRead', 'RegistryWrite']],
  ])('security-limits 8: the policy %s has %j and no more', (name, held) => {
    const rights = defaultPolicies.find((policy) => policy.name === name)?.rights ?? 0;
    const all = ['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect'] as const;
    expect(all.filter((right) => hasRight(rights, right))).toEqual(held);
  });
});

describe('the list of ARM', () => {
  test.each([
    [15, 'RegistryWrite, ServiceConnect, DeviceConnect'],
    [1, 'RegistryRead'],
    [3, 'RegistryWrite'],
    [5, 'RegistryRead, ServiceConnect'],
    [0, ''],
  ])('%i is %j', (rights, text) => {
    expect(formatRights(rights)).toBe(text);
  });

  test.each([
    ['RegistryRead, RegistryWrite', 3],
    ['deviceconnect,REGISTRYREAD', 9],
    ['ServiceConnect', 4],
  ])('%s is read as %i', (text, rights) => {
    expect(parseRights(text)).toBe(rights);
  });

  test.each(['', 'RegistryReadWrite', 'RegistryRead,', 'toString', '1'])('refuses %j', (text) => {
    expect(() => parseRights(text)).toThrow(HubError);
  });

  test('names what is no right, and no more than the beginning of it', () => {
    expect(() => parseRights('RegistryRead, Own')).toThrow('separated by commas; "Own" is none.');
    expect(() => parseRights('x'.repeat(65))).toThrow(`; "${'x'.repeat(64)}" is none.`);
  });

  test('reads back what it wrote', () => {
    const right = fc.constantFrom(...Object.values(rightBits));
    fc.assert(
      fc.property(fc.array(right, { minLength: 1 }), (held) => {
        const rights = held.reduce<number>((sum, bits) => sum | bits, 0);
        expect(parseRights(formatRights(rights))).toBe(rights);
      }),
    );
  });
});

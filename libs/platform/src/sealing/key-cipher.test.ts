import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyCipher, SealedKeyError, type MasterKey } from './key-cipher.js';

const oldKey: MasterKey = { id: 'old', key: Buffer.alloc(32, 1) };
const newKey: MasterKey = { id: 'new', key: Buffer.alloc(32, 2) };
const place = 'identity/hub1/d1//638900000000000001/primary';
const cipher = new KeyCipher([oldKey]);

describe('a sealed key', () => {
  test('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, somewhere) => {
        expect(cipher.open(cipher.seal(key, somewhere), somewhere)).toBe(key);
      }),
    );
  });

  test('is another each time, and shows nothing of the key', () => {
    const one = cipher.seal('secret-secret-secret', place);
    const other = cipher.seal('secret-secret-secret', place);
    expect(one.equals(other)).toBe(false);
    expect(one.includes('secret')).toBe(false);
  });

  test('opens nowhere else', () => {
    const sealed = cipher.seal('key', place);
    for (const elsewhere of [
      place.replace('primary', 'secondary'),
      place.replace('/d1/', '/d2/'),
      place.replace('hub1', 'hub2'),
      place.replace('0001', '0002'),
    ]) {
      expect(() => cipher.open(sealed, elsewhere)).toThrow(SealedKeyError);
    }
  });

  test('whose bytes were changed or cut does not open', () => {
    const sealed = cipher.seal('key', place);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(sealed);
        changed[at] = changed[at]! ^ flip;
        expect(() => cipher.open(changed, place)).toThrow(SealedKeyError);
        expect(() => cipher.open(sealed.subarray(0, at), place)).toThrow(SealedKeyError);
      }),
    );
  });
});

describe('several master keys', () => {
  const both = new KeyCipher([newKey, oldKey]);

  test('the first seals, each opens', () => {
    expect(both.open(cipher.seal('key', place), place)).toBe('key');
    const sealed = both.seal('key', place);
    expect(sealed.subarray(0, both.currentPrefix.length)).toEqual(both.currentPrefix);
    expect(both.currentPrefix).toEqual(Buffer.from('\u0003new'));
    expect(new KeyCipher([newKey]).open(sealed, place)).toBe('key');
  });

  test('one that is missing is named', () => {
    expect(() => cipher.open(both.seal('key', place), place)).toThrow(
      `A key is sealed under the master key "new", which LINCHPIN_MASTER_KEYS lacks (${place})`,
    );
  });

  test('another under the same name is told from a missing one', () => {
    const impostor = new KeyCipher([{ id: 'old', key: newKey.key }]);
    expect(() => impostor.open(cipher.seal('key', place), place)).toThrow('it is another key');
  });
});

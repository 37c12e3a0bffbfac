import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MasterKey } from './key-cipher.js';
import { TokenSeal } from './token-seal.js';

const oldKey: MasterKey = { id: 'old', key: Buffer.alloc(32, 1) };
const newKey: MasterKey = { id: 'new', key: Buffer.alloc(32, 2) };
const seal = new TokenSeal([oldKey], 'pages');

describe('a token', () => {
  test('opens to what was sealed, in its place', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (content, place) => {
        expect(seal.open(seal.seal(content, place), place)).toBe(content);
      }),
    );
  });

  test('opens nowhere else, and for nothing else', () => {
    const token = seal.seal('content', 'place');
    expect(seal.open(token, 'places')).toBeUndefined();
    expect(seal.open(token, '')).toBeUndefined();
    expect(new TokenSeal([oldKey], 'other').open(token, 'place')).toBeUndefined();
    expect(new TokenSeal([newKey], 'pages').open(token, 'place')).toBeUndefined();
  });

  test('of which a character was changed, added or left out is none', () => {
    const token = seal.seal('content', 'place');
    // The last character of a MAC has two bits that stand for nothing.
    const at = fc.nat(token.length - 2);
    fc.assert(
      fc.property(at, fc.constantFrom('A', 'b', '.', '-', ''), (index, other) => {
        const changed = token.slice(0, index) + other + token.slice(index + 1);
        fc.pre(changed !== token);
        expect(seal.open(changed, 'place')).toBeUndefined();
      }),
    );
    expect(seal.open(`${token}.`, 'place')).toBeUndefined();
  });

  test.each(['', '.', 'x', 'a.b.c', '😀'])('%j is none', (token) => {
    expect(seal.open(token, 'place')).toBeUndefined();
  });

  test('outlives its key as long as that is still among them', () => {
    const token = seal.seal('content', 'place');
    const both = new TokenSeal([newKey, oldKey], 'pages');
    expect(both.open(token, 'place')).toBe('content');
    expect(seal.open(both.seal('content', 'place'), 'place')).toBeUndefined();
  });
});

import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';

import { signSas, verifySasSignature } from './sas-signature.js';

const primaryKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const secondaryKey = 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=';
const text = { audience: 'h%2Fdevices%2Fd1', expiry: '1767225600' };

describe('verifySasSignature', () => {
  test('security-limits 4: tells which key has signed', () => {
    const byPrimary = { ...text, signature: signSas(primaryKey, text) };
    const bySecondary = { ...text, signature: signSas(secondaryKey, text) };
    expect(verifySasSignature(byPrimary, [primaryKey, secondaryKey])).toBe(0);
    expect(verifySasSignature(bySecondary, [primaryKey, secondaryKey])).toBe(1);
  });

  test('security-limits 4: an old key no longer counts', () => {
    const signed = { ...text, signature: signSas(primaryKey, text) };
    expect(verifySasSignature(signed, [secondaryKey])).toBeUndefined();
    expect(verifySasSignature(signed, [])).toBeUndefined();
  });

  test('equal keys: the first is told', () => {
    const signed = { ...text, signature: signSas(primaryKey, text) };
    expect(verifySasSignature(signed, [primaryKey, primaryKey])).toBe(0);
  });

  test.each(['sb://h/e', 'sb%3A%2F%2Fh%2Fe', 'SB%3a%2f%2fh'])(
    "Event Hubs' clients sign by the text of the key, for %s",
    (audience) => {
      const signedText = `${audience}\n${text.expiry}`;
      const signature = createHmac('sha256', primaryKey).update(signedText).digest();
      const signed = { ...text, audience, signature };
      expect(verifySasSignature(signed, [secondaryKey, primaryKey])).toBe(1);
      expect(verifySasSignature(signed, [secondaryKey])).toBeUndefined();
      const byBytes = { ...signed, signature: signSas(primaryKey, { ...text, audience }) };
      expect(verifySasSignature(byBytes, [primaryKey])).toBe(0);
    },
  );

  test.each(['h%2Fdevices%2Fd1', 'https://h', 'h/sb://'])(
    'nobody else does, for %s',
    (audience) => {
      const signature = createHmac('sha256', primaryKey)
        .update(`${audience}\n${text.expiry}`)
        .digest();
      expect(verifySasSignature({ ...text, audience, signature }, [primaryKey])).toBeUndefined();
    },
  );

  test.each(['', 'AAAA', '*'])('not even by the text of %j, which is no key', (key) => {
    const audience = 'sb://h';
    const signature = createHmac('sha256', key).update(`${audience}\n${text.expiry}`).digest();
    expect(verifySasSignature({ ...text, audience, signature }, [key])).toBeUndefined();
  });

  test('a key without padding is the same key', () => {
    const signed = { ...text, signature: signSas(primaryKey, text) };
    expect(verifySasSignature(signed, [primaryKey.replace('=', '')])).toBe(0);
  });

  test.each(['', 'AAAA', '*'])('nothing is signed by %j, which is no key', (key) => {
    const signed = { ...text, signature: Buffer.alloc(32) };
    expect(verifySasSignature(signed, [key])).toBeUndefined();
  });

  test('the spelling of the audience is part of what is signed', () => {
    const signed = { ...text, signature: signSas(primaryKey, text) };
    const respelled = { ...signed, audience: 'h%2fdevices%2fd1' };
    expect(verifySasSignature(respelled, [primaryKey])).toBeUndefined();
  });

  test.each([0, 31, 33])('a signature of %i bytes is none', (length) => {
    expect(verifySasSignature({ ...text, signature: Buffer.alloc(length) }, [primaryKey])).toBe(
      undefined,
    );
  });
});

test('signSas refuses what is no key', () => {
  expect(() => signSas('', text)).toThrow(HubError);
});

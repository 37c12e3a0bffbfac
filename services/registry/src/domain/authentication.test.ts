import { describe, expect, test } from '@jest/globals';
import { completeAuthentication } from './authentication.js';
import { sampleKeys, sampleSources } from './samples.fake.js';

const sha1 = 'AB'.repeat(20);
const sha256 = 'cd'.repeat(32);
const [key, otherKey] = sampleKeys;

function complete(given: Parameters<typeof completeAuthentication>[0]) {
  return completeAuthentication(given, sampleSources().generateKey);
}

describe('keys', () => {
  test('service-rest 11: empty keys are generated, and differ', () => {
    const authentication = complete({ type: 'sas', primaryKey: '', secondaryKey: '' });
    expect(authentication).toEqual({
      type: 'sas',
      primaryKey: Buffer.alloc(32, 1).toString('base64'),
      secondaryKey: Buffer.alloc(32, 2).toString('base64'),
    });
  });

  test('one that is given stays, the other is generated', () => {
    expect(complete({ type: 'sas', primaryKey: key })).toMatchObject({ primaryKey: key });
    expect(complete({ secondaryKey: otherKey })).toMatchObject({ secondaryKey: otherKey });
  });

  test.each(['1', 'A'.repeat(20), Buffer.alloc(65).toString('base64'), 'no base64!'])(
    'service-rest 12: %j is no key',
    (primaryKey) => {
      expect(() => complete({ type: 'sas', primaryKey })).toThrow(
        expect.objectContaining({
          code: 'ArgumentInvalid',
          message: 'The primaryKey is base64 of 16 to 64 bytes.',
        }),
      );
    },
  );
});

describe('thumbprints', () => {
  test('security-limits 16: SHA-1 and SHA-256 are taken as they are spelled', () => {
    const given = { primaryThumbprint: sha1, secondaryThumbprint: sha256 };
    expect(complete({ type: 'selfSigned', ...given })).toEqual({ type: 'selfSigned', ...given });
    expect(complete({ type: 'selfSigned', primaryThumbprint: 'ab:'.repeat(19) + 'ab' })).toEqual({
      type: 'selfSigned',
      primaryThumbprint: 'ab:'.repeat(19) + 'ab',
      secondaryThumbprint: undefined,
    });
  });

  test.each([{}, { primaryThumbprint: 'AB' }, { secondaryThumbprint: 'X'.repeat(40) }])(
    'refuses %j',
    (given) => {
      expect(() => complete({ type: 'selfSigned', ...given })).toThrow(
        expect.objectContaining({ code: 'ArgumentInvalid' }),
      );
    },
  );

  test('refuses separators without end', () => {
    const primaryThumbprint = sha1 + ' '.repeat(200);
    expect(() => complete({ type: 'selfSigned', primaryThumbprint })).toThrow('separators');
  });
});

describe('the type', () => {
  test.each([
    ['nothing', undefined, 'sas'],
    ['an empty object', {}, 'sas'],
    ['keys', { primaryKey: key, primaryThumbprint: sha1 }, 'sas'],
    ['thumbprints', { secondaryThumbprint: sha1 }, 'selfSigned'],
  ])('that %s imply', (_what, given, type) => {
    expect(complete(given)).toMatchObject({ type });
  });

  test.each(['certificateAuthority', 'none'] as const)(
    'service-rest 13: %s keeps no material',
    (type) => {
      expect(complete({ type, primaryKey: key, primaryThumbprint: sha1 })).toEqual({ type });
    },
  );
});

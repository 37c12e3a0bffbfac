import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import fc from 'fast-check';

import { audienceCovers } from './sas-audience.js';
import { verifySasSignature } from './sas-signature.js';
import { createSasToken, isSasTokenExpired, parseSasToken } from './sas-token.js';

const deviceKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const sig = 'sdCTZzt%2Bx74jhB3zOGN8Em%2Fc%2B%2FyGjfA6kaplTb9Z2pU%3D';
const signature = Buffer.from('sdCTZzt+x74jhB3zOGN8Em/c+/yGjfA6kaplTb9Z2pU=', 'base64');

describe('parseSasToken', () => {
  test.each([
    `SharedAccessSignature sr=h%2fdevices&sig=${sig}&se=1767225600&skn=device`,
    `SharedAccessSignature sig=${sig}&se=1767225600&skn=device&sr=h%2fdevices`,
    `  SharedAccessSignature  sr=h%2fdevices&sig=${sig}&skn=device&se=1767225600\r\n`,
    `sharedaccesssignature SR=h%2fdevices&Sig=${sig}&SE=1767225600&SKN=device`,
    `SharedAccessSignature sr=h%2fdevices&sig=${sig}&se=1767225600&skn=d%65vice&x=1&&`,
  ])('security-limits 3: order, letter case of names and unknown fields are free: %s', (text) => {
    expect(parseSasToken(text)).toEqual({
      audience: 'h%2fdevices',
      expiry: '1767225600',
      expiresAt: new Date('2026-01-01T00:00:00Z'),
      signature,
      policy: 'device',
    });
  });

  test.each([
    ['as it is', 'sdCTZzt+x74jhB3zOGN8Em/c+/yGjfA6kaplTb9Z2pU='],
    ['without padding', 'sdCTZzt%2Bx74jhB3zOGN8Em/c%2B/yGjfA6kaplTb9Z2pU'],
    ['with spaces for +', 'sdCTZzt%20x74jhB3zOGN8Em/c%20/yGjfA6kaplTb9Z2pU='],
  ])('the signature may stand %s', (_how, sig) => {
    expect(parseSasToken(`SharedAccessSignature sr=h&sig=${sig}&se=1`).signature).toEqual(
      signature,
    );
  });

  test.each([
    ['1767225600.0', '2026-01-01T00:00:00.000Z'],
    ['1767225600.5', '2026-01-01T00:00:00.500Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
    ['9'.repeat(400), '9999-12-31T00:00:00.000Z'],
  ])('se %s is a number of seconds, however large', (se, expiresAt) => {
    const token = parseSasToken(`SharedAccessSignature sr=h&sig=${sig}&se=${se}`);
    expect([token.expiry, token.expiresAt]).toEqual([se, new Date(expiresAt)]);
  });

  test('an empty or absent skn is none', () => {
    const text = `SharedAccessSignature sr=h&sig=${sig}&se=1`;
    expect(parseSasToken(text).policy).toBeUndefined();
    expect(parseSasToken(`${text}&skn=`).policy).toBeUndefined();
  });

  test.each([
    ['no token', ''],
    ['no fields', 'SharedAccessSignature'],
    ['another scheme', `Bearer sr=h&sig=${sig}&se=1`],
    ['no scheme', `sr=h&sig=${sig}&se=1`],
    ['three parts', `SharedAccessSignature sr=h&sig=${sig} &se=1`],
    ['no sr', `SharedAccessSignature sig=${sig}&se=1`],
    ['empty sr', `SharedAccessSignature sr=&sig=${sig}&se=1`],
    ['no sig', 'SharedAccessSignature sr=h&se=1'],
    ['no se', `SharedAccessSignature sr=h&sig=${sig}`],
    ['se without value', `SharedAccessSignature sr=h&sig=${sig}&se`],
    ['se that is no number', `SharedAccessSignature sr=h&sig=${sig}&se=soon`],
    ['negative se', `SharedAccessSignature sr=h&sig=${sig}&se=-1`],
    ['hexadecimal se', `SharedAccessSignature sr=h&sig=${sig}&se=0x10`],
    ['infinite se', `SharedAccessSignature sr=h&sig=${sig}&se=Infinity`],
    ['sr twice', `SharedAccessSignature sr=h&sig=${sig}&se=1&SR=x`],
    ['skn twice', `SharedAccessSignature sr=h&sig=${sig}&se=1&skn=a&skn=a`],
    ['sig that is no base64', 'SharedAccessSignature sr=h&sig=****&se=1'],
    ['short sig', 'SharedAccessSignature sr=h&sig=AAAA&se=1'],
    ['long sig', `SharedAccessSignature sr=h&sig=${'A'.repeat(86)}&se=1`],
    ['too long', `SharedAccessSignature sr=${'h'.repeat(8192)}&sig=${sig}&se=1`],
  ])('security-limits 15: refuses %s', (_what, text) => {
    expect(codeOf(() => parseSasToken(text))).toBe('IotHubUnauthorized');
  });

  test('what it throws shows nothing of the token', () => {
    const text = `SharedAccessSignature sr=h&sig=${sig}&se=1&skn=secret-policy&skn=x`;
    expect(() => parseSasToken(text)).toThrow(/^The shared access signature has a field twice\.$/);
  });

  test('security-limits 15: throws nothing but HubError', () => {
    const tokens = [
      'SharedAccessSignature',
      ' ',
      'sr=',
      'sig=',
      'se=1',
      'skn=',
      '&',
      '=',
      '%',
      sig,
    ];
    const nearlyGrammatical = fc
      .array(fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 4 })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearlyGrammatical), (text) => {
        codeOf(() => parseSasToken(text));
        codeOf(() => parseSasToken(`SharedAccessSignature ${text}`));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('isSasTokenExpired', () => {
  const token = parseSasToken(`SharedAccessSignature sr=h&sig=${sig}&se=1767225600`);

  test.each([
    [-3600, false],
    [299, false],
    [300, false],
    [301, true],
    [3600, true],
  ])('device-mqtt 18: %i s after se', (seconds, expired) => {
    expect(isSasTokenExpired(token, new Date((1767225600 + seconds) * 1000))).toBe(expired);
  });
});

describe('createSasToken', () => {
  test('writes what the Node SDK writes for vector V1', () => {
    const expiresAt = new Date(1767225600 * 1000);
    const audience = 'myhub.example.net/devices/dev1';
    expect(createSasToken({ audience, key: deviceKey, expiresAt })).toBe(
      `SharedAccessSignature sr=myhub.example.net%2Fdevices%2Fdev1&sig=${sig}&se=1767225600`,
    );
  });

  test('refuses what is no key', () => {
    const fields = { audience: 'h', key: '', expiresAt: new Date() };
    expect(codeOf(() => createSasToken(fields))).toBe('ArgumentInvalid');
  });

  test('parseSasToken reads it back, and its signature and audience hold', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/);
    const policy = fc.option(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), { nil: undefined });
    const seconds = fc.nat(4_000_000_000);
    fc.assert(
      fc.property(id, policy, seconds, (deviceId, name, expiry) => {
        const expiresAt = new Date(expiry * 1000);
        const audience = `h/devices/${deviceId}`;
        const token = parseSasToken(
          createSasToken({ audience, key: deviceKey, policy: name, expiresAt }),
        );
        expect([token.policy, token.expiresAt]).toEqual([name, expiresAt]);
        expect(verifySasSignature(token, [deviceKey])).toBe(0);
        expect(audienceCovers(token.audience, ['h', 'devices', deviceId])).toBe(true);
      }),
    );
  });
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(HubError);
    return (error as HubError).code;
  }
}

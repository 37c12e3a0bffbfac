import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { extensionOf, formatPem, issueCertificate, nameOf } from '@linchpin/testing';
import {
  expiryOf,
  formatSubject,
  InvalidCertificate,
  openCertificate,
  publicKeyOf,
  readCertificate,
  requireValidAt,
  type Certificate,
} from './x509-certificate.js';

const read = (der: Uint8Array): Certificate => readCertificate(openCertificate(der));

const honest = issueCertificate({ subject: 'dev1', authority: 3, purposes: ['1.3.6.1.5.5.7.3.2'] });

test('an authority is read', () => {
  const certificate = read(honest.der);
  expect(certificate).toMatchObject({
    commonName: 'dev1',
    isAuthority: true,
    maySignCertificates: true,
    authoritiesBelowMax: 3,
    purposes: ['1.3.6.1.5.5.7.3.2'],
    signatureAlgorithm: '1.2.840.10045.4.3.2',
  });
  expect(certificate.x509.raw).toEqual(honest.der);
  expect(publicKeyOf(certificate.x509).asymmetricKeyType).toBe('ec');
});

test('a certificate that says nothing may be used for anything, but issues none', () => {
  const { der } = issueCertificate({ subject: 'dev1' });
  expect(read(der)).toMatchObject({
    isAuthority: false,
    maySignCertificates: true,
    authoritiesBelowMax: Infinity,
    purposes: undefined,
  });
});

test('it counts from its first second to its last', () => {
  const [notBefore, notAfter] = [
    new Date('2026-01-01T00:00:00Z'),
    new Date('2060-01-01T00:00:00Z'),
  ];
  const { der } = issueCertificate({ subject: 'dev1', notBefore, notAfter });
  const certificate = openCertificate(der);
  expect(expiryOf(certificate)).toEqual(notAfter);
  for (const now of [notBefore, notAfter]) {
    expect(() => {
      requireValidAt(certificate, now);
    }).not.toThrow();
  }
  for (const [now, text] of [
    [notBefore.getTime() - 1, 'is not valid before Jan  1 00:00:00 2026 GMT'],
    [notAfter.getTime() + 1, 'expired at Jan  1 00:00:00 2060 GMT'],
  ] as const) {
    expect(() => {
      requireValidAt(certificate, new Date(now));
    }).toThrow(text);
  }
});

test('its subject is written on one line, whatever is in it', () => {
  const subject = nameOf([{ utf8String: 'Contoso' }, { utf8String: 'Root, the\nfirst' }]);
  const { der } = issueCertificate({ subject });
  expect(formatSubject(openCertificate(der))).toBe('CN=Root\\, the\\0Afirst, CN=Contoso');
});

test('a certificate without a subject is written as nothing', () => {
  const { der } = issueCertificate({ subject: nameOf([]), authority: true });
  expect(formatSubject(openCertificate(der))).toBe('');
});

describe('a common name', () => {
  const commonNameOf = (...names: Parameters<typeof nameOf>[0]) =>
    read(issueCertificate({ subject: nameOf(names) }).der).commonName;

  test('is text of UTF-8 or of printable characters, as it stands', () => {
    expect(commonNameOf({ utf8String: 'dev 1/Größe' })).toBe('dev 1/Größe');
    expect(commonNameOf({ printableString: 'dev1' })).toBe('dev1');
    expect(commonNameOf({ utf8String: 'dev1\0.evil' })).toBe('dev1\0.evil');
  });

  test.each([
    ['none', []],
    ['several, alike', [{ utf8String: 'dev1' }, { utf8String: 'dev1' }]],
    ['several', [{ utf8String: 'dev1' }, { printableString: 'dev2' }]],
    ['one of two bytes a character', [{ bmpString: 'dev1' }]],
    ['one of four bytes a character', [{ universalString: 'dev1' }]],
    ['one of an old character set', [{ teletexString: 'dev1' }]],
    ['one of ASCII that is no directory string', [{ ia5String: 'dev1' }]],
  ])('is unknown when there is %s', (_, names) => {
    expect(commonNameOf(...names)).toBeUndefined();
  });
});

describe('refused is', () => {
  const strange = (...extensions: ReturnType<typeof extensionOf>[]) =>
    issueCertificate({ subject: 'dev1', extensions }).der;
  const nothing = Buffer.of(0x05, 0x00);
  const own = '1.3.6.1.4.1.99999';

  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('not a certificate')],
    ['PEM in place of DER', Buffer.from(formatPem(honest.der))],
    ['a certificate with a byte behind it', Buffer.concat([honest.der, Buffer.of(0)])],
    ['a certificate twice', Buffer.concat([honest.der, honest.der])],
    [
      'one of no length',
      Buffer.concat([Buffer.of(0x30, 0x80), honest.der.subarray(4), Buffer.alloc(2)]),
    ],
    ['one that is too large', strange(extensionOf(own, false, Buffer.alloc(8_192)))],
    ['a tower of empty parts', tower(8_000)],
    ['random bytes', randomBytes(8_192)],
    ['an extension that it must not ignore', strange(extensionOf(own, true, nothing))],
    ['a constraint on names', strange(extensionOf('2.5.29.30', false, nothing))],
    [
      'an extension twice',
      strange(extensionOf(own, false, nothing), extensionOf(own, false, nothing)),
    ],
    ['an extension of a wrong kind', strange(extensionOf('2.5.29.19', true, nothing))],
    ['thousands of extensions', strange(...manyExtensions(1_000))],
    ['more extensions than honest ones have', strange(...manyExtensions(65))],
  ])('%s, quickly', (_, der) => {
    const beganMs = performance.now();
    expect(() => read(der)).toThrow(InvalidCertificate);
    expect(performance.now() - beganMs).toBeLessThan(1_000);
  });

  test('whatever is cut off or flipped, or it is another certificate', () => {
    const honestId = outcomeOf(honest.der);
    for (let length = 0; length < honest.der.length; length++) {
      expect(() => read(honest.der.subarray(0, length))).toThrow(InvalidCertificate);
    }
    for (let index = 0; index < honest.der.length; index++) {
      const flipped = Buffer.from(honest.der);
      flipped.writeUInt8((flipped[index] ?? 0) ^ 0x11, index);
      expect(outcomeOf(flipped)).not.toBe(honestId);
    }
  });

  function manyExtensions(count: number) {
    return Array.from({ length: count }, (_, index) =>
      extensionOf(`${own}.${index}`, false, Buffer.alloc(0)),
    );
  }
});

/** Anything but a certificate or InvalidCertificate is thrown on. */
function outcomeOf(der: Uint8Array): string {
  try {
    return read(der).x509.fingerprint256;
  } catch (error) {
    if (error instanceof InvalidCertificate) {
      return error.message;
    }
    throw error;
  }
}

/** Sequences in sequences, each with a length of two bytes. */
function tower(bytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = bytes; left >= 4; left -= 4) {
    const header = Buffer.of(0x30, 0x82, 0, 0);
    header.writeUInt16BE(left - 4, 2);
    parts.push(header);
  }
  return Buffer.concat(parts);
}

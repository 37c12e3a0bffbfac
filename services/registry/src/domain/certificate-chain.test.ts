import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  generateKeys,
  issueCertificate,
  type IssuedCertificate,
  type IssueOptions,
} from '@linchpin/testing';
import { AsnParser } from '@peculiar/asn1-schema';
import { Certificate as CertificateSyntax } from '@peculiar/asn1-x509';
import { validateChain, type ChainClaim, type ValidChain } from './certificate-chain.js';
import { InvalidCertificate, openCertificate, readCertificate } from './x509-certificate.js';

const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
const anyPurpose = '2.5.29.37.0';
const digitalSignature = 1;
const now = new Date();
const hourMs = 3_600_000;
const inHours = (hours: number): Date => new Date(now.getTime() + hours * hourMs);

let root: IssuedCertificate;
let intermediate: IssuedCertificate;

beforeAll(() => {
  root = issueCertificate({ subject: 'Root', authority: true });
  intermediate = issueCertificate({ subject: 'Factory', authority: true, issuer: root });
});

function validate(
  shown: readonly IssuedCertificate[],
  trusted: readonly IssuedCertificate[] = [root],
  claim: Partial<ChainClaim> = {},
): ValidChain {
  return validateChain({
    shown: shown.map(({ der }) => der),
    trusted: trusted.map(({ der }) => readCertificate(openCertificate(der))),
    trustedName: 'an authority',
    purpose: clientAuth,
    now,
    ...claim,
  });
}

const refused = (shown: readonly IssuedCertificate[], trusted?: readonly IssuedCertificate[]) =>
  expect(() => validate(shown, trusted));

const leafOf = (issuer: IssuedCertificate, options: Partial<IssueOptions> = {}) =>
  issueCertificate({ subject: 'dev1', issuer, ...options });

const anchorOf = (chain: ValidChain): Uint8Array => chain.anchor.x509.raw;

describe('a chain counts', () => {
  test('of a leaf that a trusted certificate has issued', () => {
    const leaf = leafOf(root);
    const chain = validate([leaf]);
    expect(chain.leaf.commonName).toBe('dev1');
    expect(chain.leaf.x509.raw).toEqual(leaf.der);
    expect(anchorOf(chain)).toEqual(root.der);
  });

  test('by way of an intermediate that is shown, with and without the root', () => {
    const leaf = leafOf(intermediate);
    expect(anchorOf(validate([leaf, intermediate]))).toEqual(root.der);
    expect(anchorOf(validate([leaf, intermediate, root]))).toEqual(root.der);
  });

  test('by way of a trusted intermediate, whether or not more is shown', () => {
    const leaf = leafOf(intermediate);
    for (const shown of [[leaf], [leaf, intermediate], [leaf, intermediate, root]]) {
      expect(anchorOf(validate(shown, [intermediate]))).toEqual(intermediate.der);
      expect(anchorOf(validate(shown, [root, intermediate]))).toEqual(intermediate.der);
    }
  });

  test('with a key of RSA or Ed25519 above it', () => {
    for (const keys of [
      generateKeyPairSync('rsa', { modulusLength: 2_048 }),
      generateKeyPairSync('ed25519'),
    ]) {
      const authority = issueCertificate({ subject: 'CA', authority: true, keys });
      expect(anchorOf(validate([leafOf(authority)], [authority]))).toEqual(authority.der);
    }
  });

  test('of as many certificates as may be shown', () => {
    const chain = [root];
    while (chain.length < 10) {
      const [issuer = root] = chain;
      chain.unshift(issueCertificate({ subject: `CA ${chain.length}`, authority: true, issuer }));
    }
    const [last = root] = chain;
    expect(anchorOf(validate([leafOf(last), ...chain.slice(0, 9)]))).toEqual(root.der);
    refused([leafOf(last), ...chain]).toThrow('too many');
  });

  test('when the trusted one of its issuer’s name is another, and a second one is right', () => {
    const impostor = issueCertificate({ subject: 'Root', authority: true });
    expect(anchorOf(validate([leafOf(root)], [impostor, root]))).toEqual(root.der);
  });

  test.each([[[clientAuth]], [[serverAuth, clientAuth]], [[anyPurpose]]])(
    'for the purposes %j',
    (purposes) => {
      expect(validate([leafOf(root, { purposes })])).toBeDefined();
    },
  );

  test('until the first of its certificates expires', () => {
    const authority = issueCertificate({
      subject: 'Short',
      authority: true,
      issuer: root,
      notAfter: inHours(2),
    });
    const { expiresAt } = validate([leafOf(authority, { notAfter: inHours(3) }), authority]);
    expect(Math.abs(expiresAt.getTime() - inHours(2).getTime())).toBeLessThan(1_000);
  });
});

describe('a chain does not count', () => {
  test('when nobody trusted has issued it', () => {
    refused([leafOf(root)], []).toThrow('it does not come from an authority');
    refused([leafOf(intermediate)]).toThrow('it does not come from an authority');
    const foreign = issueCertificate({ subject: 'Foreign', authority: true });
    refused([leafOf(foreign), foreign]).toThrow('it does not come from an authority');
    expect(() => validate([])).toThrow(InvalidCertificate);
  });

  test('when its issuer only has the name of a trusted one', () => {
    const impostor = issueCertificate({ subject: 'Root', authority: true });
    refused([leafOf(impostor)]).toThrow('signature');
    refused([leafOf(impostor), impostor]).toThrow('signature');
  });

  test('when a shown intermediate only has the name of one of the root’s', () => {
    const impostor = issueCertificate({ subject: 'Factory', authority: true });
    refused([leafOf(impostor), intermediate]).toThrow('signature');
  });

  test('when an intermediate is missing, or stands in another order', () => {
    const lower = issueCertificate({ subject: 'Line', authority: true, issuer: intermediate });
    refused([leafOf(lower), lower]).toThrow('it does not come from an authority');
    refused([leafOf(lower), intermediate, lower]).toThrow('it does not come from an authority');
  });

  test('when certificates issue each other in a ring', () => {
    const [first, second] = [generateKeys(), generateKeys()];
    const one = issueCertificate({ subject: 'One', authority: true, keys: first });
    const two = issueCertificate({ subject: 'Two', authority: true, keys: second, issuer: one });
    const ring = issueCertificate({ subject: 'One', authority: true, keys: first, issuer: two });
    refused([leafOf(ring), ring, two, ring, two, ring]).toThrow(
      'it does not come from an authority',
    );
  });

  test.each<[string, Partial<IssueOptions>]>([
    ['expired', { notBefore: inHours(-2), notAfter: inHours(-1) }],
    ['is not valid before', { notBefore: inHours(1), notAfter: inHours(2) }],
  ])('when any certificate of it %s', (text, validity) => {
    refused([leafOf(root, validity)]).toThrow(text);
    const authority = { subject: 'CA', authority: true, ...validity };
    const below = issueCertificate({ ...authority, issuer: root });
    refused([leafOf(below), below]).toThrow(text);
    const above = issueCertificate(authority);
    refused([leafOf(above)], [above]).toThrow(text);
  });

  test('when one above is no authority', () => {
    const device = leafOf(root);
    refused([issueCertificate({ subject: 'dev2', issuer: device }), device]).toThrow(
      'may not issue',
    );
    refused([leafOf(device)], [device]).toThrow('may not issue');
  });

  test('when one above may not sign certificates', () => {
    const authority = { subject: 'CA', authority: true, issuer: root, keyUsage: digitalSignature };
    const below = issueCertificate(authority);
    refused([leafOf(below), below]).toThrow(InvalidCertificate);
  });

  test('when one above allows fewer authorities below itself', () => {
    const narrow = issueCertificate({ subject: 'Narrow', authority: 0 });
    const below = issueCertificate({ subject: 'Below', authority: true, issuer: narrow });
    expect(validate([leafOf(narrow)], [narrow])).toBeDefined();
    refused([leafOf(below), below], [narrow]).toThrow('fewer authorities');
  });

  test('when any certificate of it is for another purpose alone', () => {
    refused([leafOf(root, { purposes: [serverAuth] })]).toThrow('purpose');
    const authority = { subject: 'CA', authority: true, purposes: [serverAuth] };
    const below = issueCertificate({ ...authority, issuer: root });
    refused([leafOf(below), below]).toThrow('purpose');
    expect(
      validate([leafOf(root, { purposes: [serverAuth] })], [root], { purpose: undefined }),
    ).toBeDefined();
  });

  test.each(['md5', 'sha1'] as const)('when it is signed with %s', (hash) => {
    const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const authority = issueCertificate({ subject: 'CA', authority: true, keys });
    refused([leafOf(authority, { hash })], [authority]).toThrow('kind that does not count');
  });

  test.each([
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1_024 })],
    ['a curve of 160 bits', () => generateKeyPairSync('ec', { namedCurve: 'secp160r1' })],
    ['DSA', () => generateKeyPairSync('dsa', { modulusLength: 2_048, divisorLength: 256 })],
  ])('when a key of it is of %s', (_, generate) => {
    const keys = generate();
    refused([leafOf(root, { keys })]).toThrow('kind or size');
    const authority = issueCertificate({ subject: 'CA', authority: true, issuer: root, keys });
    refused([leafOf(authority), authority]).toThrow(InvalidCertificate);
    refused([leafOf(authority)], [authority]).toThrow(InvalidCertificate);
  });

  test.each([
    ['a modulus of 16,384 bits', { n: randomBytes(2_048), e: Buffer.of(1, 0, 1) }],
    ['an exponent of 2,048 bits', { n: randomBytes(256), e: randomBytes(256) }],
  ])('when it has %s', (_, { n, e }) => {
    const jwk = { kty: 'RSA', n: odd(n).toString('base64url'), e: odd(e).toString('base64url') };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const { privateKey } = generateKeys();
    const keys = { publicKey, privateKey };
    refused([leafOf(root, { keys })]).toThrow('kind or size');
    // Signed by somebody trusted, its owner cannot make us compute with it either.
    const authority = issueCertificate({ subject: 'CA', authority: true, issuer: root, keys });
    refused([leafOf(authority), authority]).toThrow(InvalidCertificate);
  });
});

describe('whatever a device shows, little is computed', () => {
  test('of more bytes than any honest chain has, nothing', () => {
    const purposes = Array.from({ length: 500 }, (_, index) => `1.3.6.1.5.5.7.9.${index}`);
    const large = issueCertificate({ subject: 'Large', authority: true, issuer: root, purposes });
    refused([leafOf(large), large]).toThrow('purpose');
    refused([leafOf(large), large, large, large, large]).toThrow('16384 bytes');
  });

  test('though it leads to many trusted certificates, each is read once', () => {
    const keys = generateKeys();
    const [root, ...others] = Array.from({ length: 25 }, () =>
      issueCertificate({ subject: 'Root', authority: true, keys }),
    ) as [IssuedCertificate, ...IssuedCertificate[]];
    const below = issueCertificate({ subject: 'Below', authority: true, issuer: root });
    const leaf = leafOf(below, { purposes: [serverAuth] });
    const trusted = [root, ...others].map(({ der }) => readCertificate(openCertificate(der)));
    const parse = jest.spyOn(AsnParser, 'parse');
    const claim = {
      shown: [leaf.der, below.der],
      trusted,
      trustedName: '',
      purpose: clientAuth,
      now,
    };
    expect(() => validateChain(claim)).toThrow('purpose');
    const read = parse.mock.calls.filter(([, syntax]) => syntax === CertificateSyntax);
    expect(read).toHaveLength(2);
    parse.mockRestore();
  });
});

function odd(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xc1), bytes.subarray(2), Buffer.of(0x01)]);
}

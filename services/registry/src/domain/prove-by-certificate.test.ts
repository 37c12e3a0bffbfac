import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { thumbprintsOf } from '@linchpin/auth';
import {
  extensionOf,
  issueCertificate,
  nameOf,
  type IssuedCertificate,
  type IssueOptions,
} from '@linchpin/testing';
import { DeviceAuthenticator, type DeviceClaim } from './authenticate-device.js';
import type { Authentication } from './authentication.js';
import type { DeviceIdentity, IdentityContent } from './device-identity.js';
import {
  hubDefinition,
  identityContent,
  moduleContent,
  samplePolicies,
  sampleKeys,
} from './samples.fake.js';
import { inMemoryStores, type Stores } from './stores.fake.js';
import { VerifiedAuthorities } from './verified-authorities.js';

const hourMs = 3_600_000;
const wholeSecond = Math.floor(Date.now() / 1_000) * 1_000;
const notAfter = new Date(wholeSecond + hourMs);
const notBefore = new Date(wholeSecond - hourMs);

let stores: Stores;
let now: Date;
let authenticator: DeviceAuthenticator;

beforeEach(async () => {
  stores = inMemoryStores();
  now = new Date();
  authenticator = new DeviceAuthenticator({
    store: stores.credentials,
    authorities: new VerifiedAuthorities(stores.certificates),
    clock: () => now,
  });
  for (const hub of ['MyHub', 'Other']) {
    await stores.hubs.insert(hubDefinition(hub), samplePolicies);
    await stores.hubs.activate(hub);
  }
});

/** A device `x`, with a module `m` of the same authentication. */
function register(
  authentication: Authentication,
  members: Partial<IdentityContent> = {},
): Promise<DeviceIdentity> {
  const device = identityContent({ deviceId: 'x', authentication, ...members });
  const module = moduleContent({ deviceId: 'x', moduleId: 'm', authentication });
  return stores.identities.insertDevice('MyHub', device, [module]);
}

function show(shown: readonly Uint8Array[], members: Partial<DeviceClaim> = {}) {
  return authenticator.authenticate({
    hostName: 'myhub.example.net',
    deviceId: 'x',
    moduleId: undefined,
    client: { address: '192.0.2.7', tlsVersion: '1.3' },
    credential: { kind: 'certificates', shown },
    ...members,
  });
}

const unauthorized = (text: string) => ({
  code: 'IotHubUnauthorized',
  message: expect.stringContaining(text),
});

const own = issueCertificate({ subject: 'anything', notBefore, notAfter });
const { sha1, sha256 } = thumbprintsOf(own.der);

function selfSigned(primaryThumbprint?: string, secondaryThumbprint?: string): Authentication {
  return { type: 'selfSigned', primaryThumbprint, secondaryThumbprint };
}

describe('security-limits 16: a thumbprint', () => {
  test.each<[string, Authentication, string]>([
    ['SHA-1', selfSigned(sha1), sha1],
    ['SHA-256', selfSigned(sha256), sha256],
    ['lower case', selfSigned(sha256.toLowerCase()), sha256],
    ['separators', selfSigned(sha1.replace(/..(?=.)/g, '$&:')), sha1],
    ['the secondary', selfSigned('AB'.repeat(20), sha256), sha256],
    ['the secondary alone', selfSigned(undefined, sha1), sha1],
  ])('of the certificate proves a device: %s', async (_what, authentication, thumbprint) => {
    await register(authentication);
    expect(await show([own.der])).toEqual({
      hub: expect.objectContaining({ name: 'MyHub' }),
      generationId: identityContent().generationId,
      ofEdgeDevice: false,
      scope: 'device',
      kind: 'thumbprint',
      expiresAt: notAfter,
      credentialIds: [`thumbprint/${thumbprint}`],
    });
  });

  test('may be a module’s', async () => {
    await register(selfSigned(sha1));
    expect(await show([own.der], { moduleId: 'm' })).toMatchObject({ scope: 'module' });
  });

  test('of another certificate is told in Azure’s words', async () => {
    await register(selfSigned('AB'.repeat(20), 'CD'.repeat(32)));
    await expect(show([own.der])).rejects.toMatchObject(
      unauthorized(
        `Thumbprint does not match configuration: Thumbprint: SHA1Hash=${sha1}, SHA2Hash=${sha256}; ` +
          `Configuration: PrimaryThumbprint=${'AB'.repeat(20)}, SecondaryThumbprint=${'CD'.repeat(32)}`,
      ),
    );
  });

  test('of an authority of the device’s does not count', async () => {
    await register(selfSigned(sha1));
    const leaf = issueCertificate({ subject: 'x', issuer: own });
    await expect(show([leaf.der, own.der])).rejects.toMatchObject(unauthorized('Thumbprint'));
  });

  test.each([
    ['expired', notAfter.getTime() + 1_000],
    ['is not valid before', notBefore.getTime() - 1_000],
  ])('of a certificate that %s does not count', async (text, at) => {
    await register(selfSigned(sha1));
    now = new Date(at);
    await expect(show([own.der])).rejects.toMatchObject(unauthorized(text));
  });

  test('of no certificate does not count, though it is registered', async () => {
    await register(selfSigned(thumbprintsOf(Buffer.alloc(0)).sha1));
    await expect(show([Buffer.alloc(0)])).rejects.toMatchObject(unauthorized('cannot be read'));
  });

  test('of a disabled device does not count', async () => {
    await register(selfSigned(sha1), { status: 'disabled' });
    await expect(show([own.der])).rejects.toMatchObject({ code: 'DeviceDisabled' });
  });
});

test.each<Authentication>([
  { type: 'none' },
  { type: 'sas', primaryKey: sampleKeys[0], secondaryKey: sampleKeys[1] },
])('device-mqtt 9: a certificate does not count for type $type', async (authentication) => {
  await register(authentication);
  await expect(show([own.der])).rejects.toMatchObject(unauthorized(authentication.type));
});

describe('security-limits 17: an authority', () => {
  const root = issueCertificate({ subject: 'Root', authority: true });
  const leafOf = (options: Partial<IssueOptions> = {}): IssuedCertificate =>
    issueCertificate({ subject: 'x', issuer: root, ...options });
  const credentialIds = [`ca/${thumbprintsOf(root.der).sha256}`, 'certificate-authority'];

  beforeEach(async () => {
    await register({ type: 'certificateAuthority' });
  });

  function put(
    name: string,
    { der }: IssuedCertificate,
    { hub = 'MyHub', isVerified = true } = {},
  ) {
    const content = { certificate: der, isVerified, verificationCode: undefined };
    return stores.certificates.write(
      hub,
      { name, now, operation: 'PutCertificate' },
      () => content,
    );
  }

  test('that is verified vouches for a device', async () => {
    await put('root', root);
    expect(await show([leafOf({ notAfter }).der])).toEqual({
      hub: expect.objectContaining({ name: 'MyHub' }),
      generationId: identityContent().generationId,
      ofEdgeDevice: false,
      scope: 'device',
      kind: 'certificateAuthority',
      expiresAt: notAfter,
      credentialIds,
    });
  });

  test('vouches for a module under the name of both', async () => {
    await put('root', root);
    const leaf = leafOf({ subject: 'x/m' });
    expect(await show([leaf.der], { moduleId: 'm' })).toMatchObject({ scope: 'module' });
    await expect(show([leaf.der])).rejects.toMatchObject(unauthorized('common name'));
    await expect(show([leafOf().der], { moduleId: 'm' })).rejects.toMatchObject(
      unauthorized('common name'),
    );
  });

  test.each<[string, Partial<IssueOptions>]>([
    ['"X"', { subject: 'X' }],
    ['none, or several', { subject: nameOf([{ utf8String: 'x' }, { utf8String: 'x' }]) }],
    [`"${'y'.repeat(65)}"`, { subject: 'y'.repeat(200) }],
  ])('tells which name it has: %s', async (name, options) => {
    await put('root', root);
    await expect(show([leafOf(options).der])).rejects.toMatchObject(
      unauthorized(`its common name must be "x", and it has ${name}`),
    );
  });

  test('vouches by way of an intermediate, which may vouch itself when it is verified', async () => {
    await put('root', root);
    const intermediate = leafOf({ subject: 'Factory', authority: true });
    const leaf = leafOf({ issuer: intermediate });
    await expect(show([leaf.der])).rejects.toMatchObject(unauthorized('it does not come from'));
    expect(await show([leaf.der, intermediate.der])).toMatchObject({ credentialIds });
    await put('factory', intermediate);
    for (const shown of [[leaf.der], [leaf.der, intermediate.der]]) {
      expect(await show(shown)).toMatchObject({
        credentialIds: [`ca/${thumbprintsOf(intermediate.der).sha256}`, 'certificate-authority'],
      });
    }
  });

  test('that is not verified, another hub’s, or not there any more vouches for nobody', async () => {
    const nobody = unauthorized('it does not come from a verified CA certificate of the hub');
    const shown = [leafOf().der, root.der];
    await expect(show(shown)).rejects.toMatchObject(nobody);
    await put('root', root, { isVerified: false });
    await put('root', root, { hub: 'Other' });
    await expect(show(shown)).rejects.toMatchObject(nobody);
    await put('root', root);
    expect(await show(shown)).toBeDefined();
    await stores.certificates.delete('MyHub', 'root', () => undefined);
    await expect(show(shown)).rejects.toMatchObject(nobody);
  });

  test('that could be stored but not be read vouches for nobody, and hinders nobody', async () => {
    await put('root', root);
    await put('garbage', { ...root, der: Buffer.from('garbage') });
    expect(await show([leafOf().der])).toBeDefined();
  });

  test.each<[string, Partial<IssueOptions>]>([
    ['of another device', { subject: 'y' }],
    ['in another letter case', { subject: 'X' }],
    ['with more behind a NUL', { subject: 'x\0.example' }],
    ['with several common names', { subject: nameOf([{ utf8String: 'x' }, { utf8String: 'x' }]) }],
    ['of two bytes a character', { subject: nameOf([{ bmpString: 'x' }]) }],
    ['in its alternative names alone', { subject: 'y', extensions: [alternativeName('x')] }],
  ])('does not vouch for a name %s', async (_, options) => {
    await put('root', root);
    await expect(show([leafOf(options).der])).rejects.toMatchObject(unauthorized('common name'));
  });

  test.each<[string, Partial<IssueOptions>, string]>([
    ['that has expired', { notBefore, notAfter: new Date(wholeSecond - 60_000) }, 'expired'],
    ['that does not count yet', { notBefore: notAfter }, 'not valid before'],
    ['for servers', { purposes: ['1.3.6.1.5.5.7.3.1'] }, 'purpose'],
  ])('does not vouch by a certificate %s', async (_, options, text) => {
    await put('root', root);
    await expect(show([leafOf(options).der])).rejects.toMatchObject(unauthorized(text));
  });

  test('a certificate of the device’s own does not count for it', async () => {
    await put('root', root);
    await expect(show([own.der])).rejects.toMatchObject(
      unauthorized('it does not come from a verified CA certificate of the hub'),
    );
  });

  test('hostile certificates are refused, quickly and without a fault of ours', async () => {
    await put('root', root);
    const purposes = Array.from({ length: 1_600 }, () => '1.2.3');
    const bomb = leafOf({ purposes });
    const forged = issueCertificate({
      subject: 'x',
      purposes,
      issuer: { ...root, privateKey: own.privateKey },
    });
    const beganMs = performance.now();
    for (const shown of [
      [Buffer.alloc(0)],
      [randomBytes(4_000)],
      [leafOf().der.subarray(0, -1)],
      [leafOf().der, randomBytes(4_000)].reverse(),
      [bomb.der],
      [forged.der],
      Array.from({ length: 11 }, () => leafOf().der),
      Array.from({ length: 1_000 }, () => Buffer.alloc(1)),
    ]) {
      await expect(show(shown)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
    }
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });
});

/** As a DNS name. */
function alternativeName(name: string) {
  const text = Buffer.from(name);
  return extensionOf(
    '2.5.29.17',
    false,
    Buffer.concat([Buffer.of(0x30, text.length + 2, 0x82, text.length), text]),
  );
}

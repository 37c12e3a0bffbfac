import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { azureLimits } from '@linchpin/wire';
import type { CaCertificate, CaCertificateContent } from './ca-certificate.js';
import type { CertificateWrite } from './ca-certificate-store.js';
import { authorityCredential } from './credential-id.js';
import { hubDefinition, samplePolicies, sampleTime } from './samples.fake.js';
import type { Stores } from './stores.fake.js';

const later = new Date(sampleTime.getTime() + 60_000);

/** Stores do not look into them. */
const [one, other] = [Buffer.from('one'), Buffer.from('other')];
function content(overrides: Partial<CaCertificateContent> = {}): CaCertificateContent {
  return { certificate: one, isVerified: true, verificationCode: undefined, ...overrides };
}

function put(name: string, now: Date): CertificateWrite {
  return { name, now, operation: 'PutCertificate' };
}

/** What every store of CA certificates promises. Each test has a hub of its own. */
export function caCertificateStoreContract(name: string, stores: () => Stores): void {
  describe(`${name} keeps the contract of a store of CA certificates`, () => {
    let hub: string;

    beforeEach(async () => {
      hub = `hub-${randomUUID().slice(0, 18)}`;
      await stores().hubs.insert(hubDefinition(hub), samplePolicies);
      await stores().hubs.activate(hub);
    });

    function write(
      certificateName: string,
      overrides: Partial<CaCertificateContent> = {},
      now = sampleTime,
    ): Promise<CaCertificate> {
      return stores().certificates.write(hub, put(certificateName, now), () => content(overrides));
    }

    async function generationOf(hubName: string): Promise<string> {
      const query = { hostName: `${hubName}.example.net`, policyName: '' };
      return (await stores().credentials.findPolicy(query))?.hub.hubGeneration ?? '';
    }

    const remove = (certificateName: string, permit: (etag: string) => void = () => undefined) =>
      stores().certificates.delete(hub, certificateName, permit);

    const changes = async () => (await stores().changes()).filter((change) => change.hub === hub);

    const revoked = (...ids: string[]) =>
      expect.objectContaining({ kind: 'hubUpdated', hub, revokedCredentialIds: ids });

    test('gives back what was written, under its name in any letter case', async () => {
      const written = await write('Root', { verificationCode: 'C0DE' });
      expect(written).toEqual({
        ...content({ verificationCode: 'C0DE' }),
        certificate: expect.anything(),
        name: 'Root',
        createdTime: sampleTime,
        updatedTime: sampleTime,
        etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      });
      expect(Buffer.from(written.certificate)).toEqual(one);
      for (const spelling of ['Root', 'ROOT']) {
        expect(await stores().certificates.get(hub, spelling)).toEqual(written);
      }
    });

    test('lists certificates by name, whatever its letter case', async () => {
      for (const each of ['b', 'A', 'C']) {
        await write(each);
      }
      const listed = await stores().certificates.list(hub);
      expect(listed.map((each) => each.name)).toEqual(['A', 'b', 'C']);
    });

    test('writes over a certificate under a new tag, and tells what was there', async () => {
      const first = await write('root');
      const seen: (CaCertificate | undefined)[] = [];
      const second = await stores().certificates.write(hub, put('ROOT', later), (stored) => {
        seen.push(stored);
        return content({ certificate: other });
      });
      expect(seen).toEqual([first]);
      expect(second).toMatchObject({ name: 'root', createdTime: sampleTime, updatedTime: later });
      expect(second.etag).not.toBe(first.etag);
      expect(await stores().certificates.list(hub)).toEqual([second]);
    });

    test('what refuses a write or a removal leaves all as it was', async () => {
      const first = await write('root');
      const refusal = new Error('no');
      const refuse = () => {
        throw refusal;
      };
      await expect(stores().certificates.write(hub, put('root', later), refuse)).rejects.toBe(
        refusal,
      );
      await expect(stores().certificates.write(hub, put('new', later), refuse)).rejects.toBe(
        refusal,
      );
      await expect(remove('root', refuse)).rejects.toBe(refusal);
      expect(await stores().certificates.list(hub)).toEqual([first]);
      expect(await changes()).toEqual([]);
    });

    test('removes a certificate that its tag permits to', async () => {
      const { etag } = await write('root');
      const tags: string[] = [];
      await remove('ROOT', (tag) => tags.push(tag));
      expect(tags).toEqual([etag]);
      const missing = { code: 'CertificateNotFound' };
      await expect(stores().certificates.get(hub, 'root')).rejects.toMatchObject(missing);
      await expect(remove('root')).rejects.toMatchObject(missing);
    });

    test('security-limits 35: a 26th certificate is refused, and one of the 25 may change', async () => {
      const { caCertificatesPerHubMax } = azureLimits;
      const names = Array.from({ length: caCertificatesPerHubMax + 1 }, (_, index) => `c${index}`);
      // All at once: the bound holds for who comes side by side as well.
      const written = await Promise.allSettled(names.map((each) => write(each)));
      const refused = written.filter(({ status }) => status === 'rejected');
      expect(refused).toEqual([
        { status: 'rejected', reason: expect.objectContaining({ code: 'ArgumentInvalid' }) },
      ]);
      const listed = await stores().certificates.list(hub);
      expect(listed).toHaveLength(caCertificatesPerHubMax);
      await write(listed[0]?.name ?? '', { certificate: other }, later);
    });

    test('lists for judges the verified ones alone', async () => {
      const listed = async () =>
        (await stores().certificates.listVerified(await generationOf(hub))).map((each) =>
          Buffer.from(each),
        );
      expect(await listed()).toEqual([]);
      await write('b', { isVerified: false });
      await write('c', { certificate: other });
      expect(await listed()).toEqual([other]);
      await write('a');
      expect(await listed()).toEqual([one, other]);
    });

    test('tells nobody of what is new, verified or not', async () => {
      await write('root', { isVerified: false });
      await write('root');
      await write('root', { verificationCode: 'C0DE' });
      await write('spare');
      expect(await changes()).toEqual([]);
    });

    test('tells of a verified certificate that goes, is replaced, or is verified no more', async () => {
      await write('root');
      await write('root', { isVerified: false });
      await write('root');
      await write('root', { certificate: other });
      await remove('root');
      expect(await changes()).toEqual([
        revoked(authorityCredential(one)),
        revoked(authorityCredential(one)),
        revoked(authorityCredential(other)),
      ]);
    });

    test('a certificate that stands under two names vouches until neither is verified', async () => {
      await write('root');
      await write('again');
      await write('unverified', { isVerified: false });
      await remove('root');
      expect(await changes()).toEqual([]);
      await remove('again');
      expect(await changes()).toEqual([revoked(authorityCredential(one))]);
      await remove('unverified');
      expect(await changes()).toHaveLength(1);
    });

    test('one hub knows nothing of another’s', async () => {
      const second = `${hub}-2`;
      await stores().hubs.insert(hubDefinition(second), samplePolicies);
      await stores().hubs.activate(second);
      await write('root');
      expect(await stores().certificates.list(second)).toEqual([]);
      expect(await stores().certificates.listVerified(await generationOf(second))).toEqual([]);
      await expect(
        stores().certificates.delete(second, 'root', () => undefined),
      ).rejects.toMatchObject({ code: 'CertificateNotFound' });
    });

    test('a hub that is made again under the same name has none', async () => {
      await write('root');
      const former = await generationOf(hub);
      await stores().hubs.markDeleting(hub);
      await stores().hubs.purge(hub);
      await stores().hubs.insert(hubDefinition(hub), samplePolicies);
      await stores().hubs.activate(hub);
      expect(await stores().certificates.list(hub)).toEqual([]);
      expect(await stores().certificates.listVerified(await generationOf(hub))).toEqual([]);
      expect(await generationOf(hub)).not.toBe(former);
    });

    test('a hub that is not active has none', async () => {
      await write('root');
      await stores().hubs.markDeleting(hub);
      for (const asked of [
        () => stores().certificates.list(hub),
        () => stores().certificates.get(hub, 'root'),
        () => write('root'),
        () => remove('root'),
        () => stores().certificates.list('no\0hub'),
      ]) {
        await expect(asked()).rejects.toMatchObject({ code: 'IotHubNotFound' });
      }
    });
  });
}
